-- Reads when the next express user is due; NULL: none is.
-- Locks nothing. Index: user_message_budget_express.
SELECT orchestrator.micros(min(first.next_attempt_at))
FROM unnest(orchestrator.shards()) AS s (shard)
CROSS JOIN LATERAL (
  SELECT next_attempt_at FROM orchestrator.user_message_budget
  WHERE shard = s.shard AND express AND next_attempt_at IS NOT NULL
  ORDER BY next_attempt_at LIMIT 1
) AS first
