-- Reads when the next express user is due.
-- Locks nothing. Index: user_message_budget_express.
SELECT orchestrator.micros(next_attempt_at)
FROM orchestrator.user_message_budget WHERE express AND next_attempt_at IS NOT NULL
ORDER BY next_attempt_at LIMIT 1
