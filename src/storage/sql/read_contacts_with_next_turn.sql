-- Reads up to $3 contacts with a next turn that follow shard $1 and user $2, in the order of both. The result is in the
-- order of the user ids, in which every transaction locks contacts.
-- Locks nothing. Index: primary key of inbound_contacts.
SELECT shard, user_id
FROM (SELECT shard, user_id FROM orchestrator.inbound_contacts
      WHERE next_turn_at IS NOT NULL AND (shard, user_id) > ($1::smallint, $2)
      ORDER BY shard, user_id LIMIT $3) AS batch
ORDER BY user_id
