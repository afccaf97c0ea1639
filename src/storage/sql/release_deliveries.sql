-- Makes the messages that were claimed under the leases $1 pending again: they were not handed to the sender.
-- Locks the messages; rows that another transaction has locked are skipped.
-- Index: messages_in_flight, in each logical shard.
WITH leased AS (
  SELECT shard, id FROM orchestrator.messages
  WHERE shard = ANY (orchestrator.shards()) AND direction = 'outbound' AND status = 'sending'
    AND lease_token = ANY ($1::uuid[])
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE orchestrator.messages AS message
SET status = 'pending', attempts = message.attempts - 1, lease_token = NULL, lease_until = NULL,
    provider = CASE WHEN message.attempts > 1 THEN message.provider END,
    attempted_at = CASE WHEN message.attempts > 1 THEN message.attempted_at END
FROM leased WHERE message.shard = leased.shard AND message.id = leased.id
