-- Of the users $1, those that no other claim works on.
-- Locks: an advisory lock for each user, until the transaction ends.
SELECT user_id FROM unnest($1::text[]) AS requested (user_id)
WHERE pg_try_advisory_xact_lock(hashtext('delivery'), hashtext(user_id))
