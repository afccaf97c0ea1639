-- `leased`: message $1 of user $2, if it waits and $3 is still the token of its question to the LLM. Locks the message,
-- then its row of llm_work, so that no other attempt can begin.
message AS MATERIALIZED (
  SELECT shard, id, user_id, sequence_id, priority, agent_id, conversation_context_id, message_data
  FROM orchestrator.message_queue
  WHERE shard = orchestrator.shard_of($2) AND id = $1::uuid AND user_id = $2 AND status IN ('queued', 'approved')
  FOR NO KEY UPDATE
), leased AS MATERIALIZED (
  SELECT message.*
  FROM message JOIN orchestrator.llm_work AS work ON work.shard = message.shard AND work.message_id = message.id
  WHERE work.token = $3::uuid
  FOR NO KEY UPDATE OF work
)
