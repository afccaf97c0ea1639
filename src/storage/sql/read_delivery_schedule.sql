-- Reads when, after $1, the next message may be sent; when the outcome of one of provider $2 is looked up; and when a lease
-- expires. The last two may be over.
-- Locks nothing. Index: messages_waiting, messages_unsettled and messages_sending, their starts in each logical shard.
SELECT orchestrator.micros(min(next.send_at)) AS send_at, orchestrator.micros(min(next.look_up_at)) AS look_up_at,
       orchestrator.micros(min(next.expiry_at)) AS expiry_at
FROM unnest(orchestrator.shards()) AS s (shard)
CROSS JOIN LATERAL (
  SELECT (SELECT next_attempt_at FROM orchestrator.messages
          WHERE shard = s.shard AND direction = 'outbound' AND status = 'pending' AND next_attempt_at > $1::timestamptz
          ORDER BY next_attempt_at LIMIT 1) AS send_at,
         (SELECT next_attempt_at FROM orchestrator.messages
          WHERE shard = s.shard AND direction = 'outbound' AND status = 'unknown' AND next_attempt_at IS NOT NULL
            AND provider = $2
          ORDER BY next_attempt_at LIMIT 1) AS look_up_at,
         (SELECT lease_until FROM orchestrator.messages
          WHERE shard = s.shard AND direction = 'outbound' AND status = 'sending' AND lease_until IS NOT NULL
          ORDER BY lease_until LIMIT 1) AS expiry_at
) AS next
