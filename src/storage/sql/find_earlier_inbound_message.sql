-- Finds the message that an arrival of user $1 repeats: one with the same gateway id $2, or one with the same
-- content $3 received after $4. A message that was dropped, flushed or failed counts only for the gateway's
-- own repetitions: a user who writes it again wants it answered.
-- Locks nothing. Index: inbound_queue_provider, inbound_queue_content.
(SELECT message_id FROM orchestrator.inbound_queue
 WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND provider_message_id = $2 AND status <> 'duplicate')
UNION ALL
(SELECT message_id FROM orchestrator.inbound_queue
 WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND content_hash = decode($3, 'hex')
   AND received_at > $4::timestamptz AND status <> 'duplicate' AND status NOT IN ('dropped', 'flushed', 'failed')
 ORDER BY received_at DESC LIMIT 1)
LIMIT 1
