// Rows of llm_work and message_queue must agree, at any time.
#pragma once

namespace orchestrator::support {

// Selects the ids of messages whose rows disagree, as one text; "" if there is none.
inline constexpr const char* kInconsistentLlmWork = R"sql(
SELECT coalesce(string_agg(coalesce(work.message_id, queue.id)::text, ' '), '') AS ids
FROM llm_work AS work
FULL JOIN message_queue AS queue ON queue.shard = work.shard AND queue.id = work.message_id
WHERE CASE WHEN work.message_id IS NULL
           THEN queue.status IN ('queued', 'approved') AND NOT queue.ready AND queue.sequence_id IS NULL
           WHEN queue.id IS NULL OR queue.status NOT IN ('queued', 'approved') OR queue.user_id <> work.user_id THEN true
           WHEN work.question IS NULL THEN queue.status <> 'approved'
           ELSE queue.ready OR queue.priority <> work.priority END)sql";

}  // namespace orchestrator::support
