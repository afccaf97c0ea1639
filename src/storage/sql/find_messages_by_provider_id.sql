-- Of the ids $1 of provider $2, those that messages other than $3 have.
-- Locks nothing. Index: messages_provider, in each logical shard.
SELECT provider_message_id FROM orchestrator.messages
WHERE shard = ANY (orchestrator.shards()) AND provider_message_id = ANY ($1::text[]) AND provider = $2
  AND id <> $3::uuid
