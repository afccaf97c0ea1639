-- Tells whether a contact's turn is due at $1. Reads each shard's min(next_turn_at) from the index: with statistics
-- of a busier hour, the planner would scan the table for the first due row.
-- Locks nothing. Index: inbound_contacts_due.
SELECT coalesce(min(first.next_turn_at) <= $1::timestamptz, false)
FROM unnest(orchestrator.shards()) AS s (shard) CROSS JOIN LATERAL (
  SELECT min(next_turn_at) AS next_turn_at FROM orchestrator.inbound_contacts WHERE shard = s.shard
) AS first
