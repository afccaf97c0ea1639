-- Tells whether a user is due at $1.
-- Locks nothing. Index: user_message_budget_due.
SELECT EXISTS (SELECT FROM orchestrator.user_message_budget WHERE next_attempt_at <= $1::timestamptz)
