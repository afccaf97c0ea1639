-- Inserts an incoming message into `messages`: $1 id, $2 user, $3 text, $4 gateway id, $5 now. Returns
-- whether scheduled messages wait for the user.
-- Locks nothing. Index: primary key of user_message_budget.
INSERT INTO orchestrator.messages (shard, id, user_id, direction, role, content, status, provider_message_id,
                                   created_at)
VALUES (orchestrator.shard_of($2), $1, $2, 'inbound', 'user', $3, 'received', $4, $5::timestamptz)
-- Not a condition: the planner might read a shard of user_message_budget_due for it.
RETURNING coalesce((SELECT next_attempt_at IS NOT NULL FROM orchestrator.user_message_budget
                    WHERE shard = orchestrator.shard_of($2) AND user_id = $2), false)
