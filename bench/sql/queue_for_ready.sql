-- Queues one message for each ready user, and resets their budgets as if nothing had been sent for a day.
UPDATE user_message_budget
SET last_message_at = NULL, recent_sends = '{}', messages_sent = 0, blocked_until = NULL, blocked_by = NULL,
    next_attempt_at = NULL
WHERE user_id IN (SELECT id FROM bench_ready);

INSERT INTO message_queue (user_id, agent_id, message_data)
SELECT id, 'bench_agent', jsonb_build_object('content', 'Hello ' || id) FROM bench_ready;
