-- Reads when, after $1, the next message may be sent or looked up.
-- Locks nothing. Index: messages_waiting, messages_unsettled.
SELECT orchestrator.micros(least(
  (SELECT next_attempt_at FROM orchestrator.messages
   WHERE direction = 'outbound' AND status = 'pending' AND next_attempt_at > $1::timestamptz
   ORDER BY next_attempt_at LIMIT 1),
  (SELECT next_attempt_at FROM orchestrator.messages
   WHERE direction = 'outbound' AND status = 'unknown' AND next_attempt_at > $1::timestamptz
   ORDER BY next_attempt_at LIMIT 1)))
