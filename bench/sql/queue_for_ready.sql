-- Queues one message for each ready user, and resets their budgets as if nothing had been sent for a day.
UPDATE user_message_budget AS budget
SET last_message_at = NULL, recent_sends = '{}', messages_sent = 0, blocked_until = NULL, blocked_by = NULL,
    next_attempt_at = NULL
FROM bench_ready AS ready WHERE budget.shard = ready.shard AND budget.user_id = ready.id;

INSERT INTO message_queue (shard, id, user_id, agent_id, message_data)
SELECT shard, uuid_v7(shard), id, 'bench_agent', jsonb_build_object('content', 'Hello ' || id) FROM bench_ready;
