-- Inserts or updates the contacts of arriving messages (parallel arrays $1 user, $2 contact id, $3 number of
-- messages), which locks them. In the order of the user ids, so that two batches cannot deadlock.
-- Index: primary key of inbound_contacts.
INSERT INTO orchestrator.inbound_contacts AS contact (shard, user_id, contact_id, received)
SELECT orchestrator.shard_of(user_id), user_id, contact_id, messages
FROM unnest($1::text[], $2::text[], $3::bigint[]) AS arriving (user_id, contact_id, messages)
ORDER BY user_id
ON CONFLICT (shard, user_id) DO UPDATE
SET contact_id = excluded.contact_id, received = contact.received + excluded.received
RETURNING user_id, received, turn_id IS NOT NULL AS has_turn
