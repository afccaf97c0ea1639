-- Clears blocked_until of every user, because the rules have changed.
-- Locks the rows of user_message_budget. Scans the table.
SELECT orchestrator.reopen_gates(array_agg(user_id), false)
FROM orchestrator.user_message_budget WHERE blocked_until IS NOT NULL HAVING count(*) > 0
