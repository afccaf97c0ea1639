-- Locks up to $2 contacts whose turn is due at $1 and not in process: the longest due of a shard first, the shards in
-- turn. $3: only in the shard of this user; NULL: in all. Rows that another transaction has locked are skipped.
-- Index: inbound_contacts_due.
SELECT due.user_id
FROM unnest(CASE WHEN $3::text IS NULL THEN orchestrator.shards_in_turn()
                 ELSE ARRAY[orchestrator.shard_of($3::text)] END) AS s (shard)
CROSS JOIN LATERAL (
  SELECT user_id FROM orchestrator.inbound_contacts
  WHERE shard = s.shard AND next_turn_at <= $1::timestamptz AND token IS NULL
  ORDER BY next_turn_at LIMIT $2
  FOR NO KEY UPDATE SKIP LOCKED
) AS due
LIMIT $2
