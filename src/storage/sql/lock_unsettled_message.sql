-- Locks message $1 of user $2 if its outcome is still unknown. has_twin: another message with the same text
-- is in doubt as well, so that a message found at the provider may be either.
-- Index: primary key of messages, and that of its users and queue rows.
SELECT message.resent,
       EXISTS (SELECT FROM orchestrator.messages AS twin
               WHERE twin.shard = message.shard AND twin.user_id = message.user_id AND twin.id <> message.id
                 AND twin.direction = 'outbound'
                 AND twin.status IN ('sending', 'unknown') AND twin.content = message.content
                 AND twin.created_at > message.created_at - interval '1 day') AS has_twin
FROM orchestrator.messages AS message
WHERE message.shard = orchestrator.shard_of($2) AND message.id = $1::uuid AND message.status = 'unknown'
FOR NO KEY UPDATE OF message
