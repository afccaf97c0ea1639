-- Inserts a reply, or the confirmation of an opt-out or opt-in, into `messages`: $1 id, $2 user, $3 role, $4
-- text, $5 purpose, $6 now. Limits and quiet hours do not apply to it.
-- Locks nothing.
INSERT INTO orchestrator.messages (shard, id, user_id, direction, role, content, status, purpose, created_at)
VALUES (orchestrator.shard_of($2), $1, $2, 'outbound', $3, $4, 'pending', $5, $6::timestamptz)
