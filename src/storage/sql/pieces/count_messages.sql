-- Adds the messages of {rows} (shard, agent_id, priority) to minute_counts, as {outcome} for {reason} at {at}. The rows
-- are those of this connection, which no other transaction changes.
INSERT INTO orchestrator.minute_counts AS counts (shard, minute, agent_id, lane, outcome, reason, slot, messages)
SELECT min(shard), date_trunc('minute', {at}::timestamptz), agent_id, priority, {outcome}, {reason}, pg_backend_pid(),
       count(*)
FROM {rows} GROUP BY agent_id, priority
ON CONFLICT (shard, minute, agent_id, lane, outcome, reason, slot) DO UPDATE
SET messages = counts.messages + excluded.messages
