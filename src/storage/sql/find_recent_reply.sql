-- Finds the same reply $2 to user $1 in a turn that ended after $3.
-- Locks nothing. Index: inbound_turns_replies.
SELECT reply_message_id FROM orchestrator.inbound_turns
WHERE shard = orchestrator.shard_of($1) AND user_id = $1 AND reply_hash = sha256(convert_to($2, 'UTF8'))
  AND finished_at > $3::timestamptz
ORDER BY finished_at DESC LIMIT 1
