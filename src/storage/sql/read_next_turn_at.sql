-- Reads when the next turn is due, or the next lease expires. NULL: no turn.
-- Locks nothing. Index: inbound_contacts_due.
SELECT orchestrator.micros(min(first.next_turn_at))
FROM unnest(orchestrator.shards()) AS s (shard) CROSS JOIN LATERAL (
  SELECT min(next_turn_at) AS next_turn_at FROM orchestrator.inbound_contacts WHERE shard = s.shard
) AS first
