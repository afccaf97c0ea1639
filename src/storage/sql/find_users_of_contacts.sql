-- Finds the users of the contacts $1: the user whose id it is, else the one whose address it is. Both are in the shard of
-- the contact's id. NULL: none.
-- Locks nothing. Index: primary keys of users and user_addresses.
SELECT contact.id AS contact_id,
       coalesce((SELECT id FROM orchestrator.users WHERE shard = contact.shard AND id = contact.id),
                (SELECT user_id FROM orchestrator.user_addresses
                 WHERE shard = contact.shard AND address = contact.id)) AS user_id
FROM (SELECT id, orchestrator.shard_of(id) AS shard FROM unnest($1::text[]) AS c (id)) AS contact
