-- Reads when, after $1, the next message may be sent or looked up.
-- Locks nothing. Index: messages_waiting, messages_unsettled, their starts in each logical shard.
SELECT orchestrator.micros(min(next.next_attempt_at))
FROM unnest(orchestrator.shards()) AS s (shard)
CROSS JOIN LATERAL (
  (SELECT next_attempt_at FROM orchestrator.messages
   WHERE shard = s.shard AND direction = 'outbound' AND status = 'pending' AND next_attempt_at > $1::timestamptz
   ORDER BY next_attempt_at LIMIT 1)
  UNION ALL
  (SELECT next_attempt_at FROM orchestrator.messages
   WHERE shard = s.shard AND direction = 'outbound' AND status = 'unknown' AND next_attempt_at > $1::timestamptz
   ORDER BY next_attempt_at LIMIT 1)
) AS next
