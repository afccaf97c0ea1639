-- Inserts the confirmation of an opt-out or opt-in into `messages`: $1 id, $2 user, $3 text, $4 now. Limits and quiet hours
-- do not apply to it.
-- Locks nothing.
INSERT INTO orchestrator.messages (shard, id, user_id, direction, role, content, status, purpose, created_at)
VALUES (orchestrator.shard_of($2), $1, $2, 'outbound', 'orchestrator', $3, 'pending', 'consent', $4::timestamptz)
