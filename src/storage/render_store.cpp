#include "storage/render_store.hpp"

#include <algorithm>
#include <cstdlib>

#include "storage/parameters.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {

const char* const kClaimRendering = R"sql(
WITH next AS (
  SELECT id, user_id FROM (
    SELECT id, user_id FROM message_queue
    WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL AND priority <= 'high'
      AND render_due_at <= $1::timestamptz
    ORDER BY render_due_at LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS express
  UNION ALL
  SELECT id, user_id FROM (
    SELECT id, user_id FROM message_queue
    WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL AND render_due_at <= $1::timestamptz
    ORDER BY render_due_at LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS oldest
  LIMIT 1
)
UPDATE message_queue AS queue
SET render_token = $2::uuid, render_due_at = $3::timestamptz, render_attempts = queue.render_attempts + 1
FROM next
WHERE queue.id = next.id AND queue.user_id = next.user_id
RETURNING queue.id, queue.user_id, queue.agent_id, queue.awaiting, queue.message_data, queue.render_attempts,
          coalesce(queue.sequence_id, '') AS sequence_id, micros(queue.created_at) AS queued_at,
          coalesce(message_text(queue.final_message, queue.message_data), '') AS text)sql";

namespace {

// More would only cost; the latest words count most.
constexpr int kMostSaid = 20;
constexpr int kMostCharacters = 2000;

constexpr const char* kReadSequence = R"sql(
SELECT coalesce(string_agg(message_text(final_message, message_data), E'\n' ORDER BY sequence_position), '')
FROM message_queue WHERE user_id = $1 AND sequence_id = $2)sql";

// The instant is read together with what was said: what is written afterwards is newer than it.
constexpr const char* kReadSaid = R"sql(
SELECT micros(budget.last_inbound_at) AS as_of, said.content, micros(said.created_at) AS at
FROM user_message_budget AS budget
LEFT JOIN LATERAL (
  SELECT created_at, left(content, $4) AS content FROM messages
  WHERE user_id = budget.user_id AND direction = 'inbound' AND created_at > $2::timestamptz
  ORDER BY created_at DESC LIMIT $3
) AS said ON true
WHERE budget.user_id = $1
ORDER BY said.created_at)sql";

// Passes take the user's row first, too: the order in which rows are locked is the same for all.
constexpr const char* kLockUser = "SELECT FROM user_message_budget WHERE user_id = $1 FOR NO KEY UPDATE";

constexpr const char* kApprove = R"sql(
UPDATE message_queue
SET status = 'approved', awaiting = NULL, render_token = NULL, render_due_at = NULL, render_attempts = 0,
    context_as_of = greatest(context_as_of, $4::timestamptz),
    context_checks = context_checks + CASE WHEN awaiting = 'relevance' THEN 1 ELSE 0 END,
    final_message = coalesce($5, final_message)
WHERE id = $1::uuid AND user_id = $2 AND render_token = $3::uuid AND awaiting IS NOT NULL
  AND status IN ('queued', 'approved'))sql";

constexpr const char* kRetry = R"sql(
UPDATE message_queue SET render_token = NULL, render_due_at = $4::timestamptz
WHERE id = $1::uuid AND user_id = $2 AND render_token = $3::uuid AND awaiting IS NOT NULL
  AND status IN ('queued', 'approved'))sql";

constexpr const char* kFail = R"sql(
WITH failed AS (
  UPDATE message_queue
  SET status = 'failed', status_reason = 'render_failed', awaiting = NULL, render_token = NULL, render_due_at = NULL
  WHERE id = $1::uuid AND user_id = $2 AND render_token = $3::uuid AND awaiting IS NOT NULL
    AND status IN ('queued', 'approved')
  RETURNING user_id, id, priority
)
INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT 'message_orchestrator', 'failed', user_id, jsonb_build_object('message_id', id, 'priority', priority),
       '{"reason": "render_failed"}', $4::timestamptz
FROM failed)sql";

constexpr const char* kSupersede = R"sql(
WITH stale AS (
  SELECT id, user_id, sequence_id, agent_id, conversation_context_id, message_data FROM message_queue
  WHERE id = $1::uuid AND user_id = $2 AND render_token = $3::uuid AND awaiting IS NOT NULL
    AND status IN ('queued', 'approved')
), all_parts AS (
  SELECT id, user_id FROM stale
  UNION
  SELECT part.id, part.user_id FROM stale JOIN message_queue AS part USING (user_id, sequence_id)
  WHERE part.status IN ('queued', 'approved')
), superseded AS (
  UPDATE message_queue AS queue
  SET status = 'superseded', superseded_reason = 'stale_context', status_reason = 'stale_context',
      awaiting = NULL, render_token = NULL, render_due_at = NULL
  FROM all_parts
  WHERE queue.id = all_parts.id AND queue.user_id = all_parts.user_id AND queue.status IN ('queued', 'approved')
  RETURNING queue.user_id, queue.id, queue.priority
), requested AS (
  INSERT INTO reformulation_requests (user_id, message_id, agent_id, conversation_id, original, message_data,
                                      said, explanation, created_at)
  SELECT user_id, id, agent_id, conversation_context_id, nullif($5, ''), message_data, $6::jsonb,
         nullif($7, ''), $4::timestamptz
  FROM stale
)
INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, created_at)
SELECT 'message_orchestrator', 'superseded', user_id, jsonb_build_object('message_id', id, 'priority', priority),
       '{"reason": "stale_context"}', $4::timestamptz
FROM superseded)sql";

constexpr const char* kLog = R"sql(
INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, error, model_used,
                               input_tokens, output_tokens, cost_usd, latency_ms, created_at)
VALUES ('message_orchestrator', $1::text, $2,
        jsonb_build_object('message_id', $3::text, 'question', $4::text, 'attempt', $5::integer),
        jsonb_strip_nulls(jsonb_build_object('reason', $6::text, 'explanation', nullif($7::text, ''))),
        CASE WHEN $1::text = 'error' THEN $7::text END, nullif($8, ''), $9, $10, $11::numeric, $12, $13::timestamptz))sql";

constexpr const char* kLockAsked = R"sql(
SELECT user_id FROM user_message_budget
WHERE user_id IN (SELECT user_id FROM message_queue
                  WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL)
ORDER BY user_id FOR NO KEY UPDATE)sql";

constexpr const char* kReleaseAll = R"sql(
UPDATE message_queue SET awaiting = NULL, render_token = NULL, render_due_at = NULL, render_attempts = 0
WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL)sql";

void read_said(Transaction& transaction, RenderRequest& request) {
  request.context_as_of = request.queued_at;
  for (const auto& row : transaction.run(kReadSaid, request.user.value, format_instant(request.queued_at),
                                         kMostSaid, kMostCharacters)) {
    request.context_as_of =
        std::max(request.context_as_of, optional_instant_from(row["as_of"]).value_or(Instant{}));
    if (!row["at"].is_null())
      request.said.push_back({instant_from(row["at"]), row["content"].as<std::string>()});
  }
}

RenderRequest request_from(const pqxx::row& row) {
  RenderRequest request;
  request.question = question_from_text(row["awaiting"].c_str()).value();
  request.id = MessageId{row["id"].as<std::string>()};
  request.user = UserId{row["user_id"].as<std::string>()};
  request.agent = AgentId{row["agent_id"].as<std::string>()};
  request.text = row["text"].as<std::string>();
  request.data = row["message_data"].as<std::string>();
  request.queued_at = instant_from(row["queued_at"]);
  request.attempt = row["render_attempts"].as<int>();
  return request;
}

std::string said_as_json(const std::vector<Said>& said) {
  JsonRows rows;
  for (const Said& words : said) {
    rows.begin_row();
    rows.text("at", format_instant(words.at));
    rows.text("text", words.text);
  }
  return rows.take();
}

// Returns how many messages changed.
std::size_t apply(Transaction& transaction, const RenderLease& lease, const RenderRequest& request,
                  const RenderVerdict& verdict, const std::string& now) {
  const std::string& id = request.id.value;
  const std::string& user = request.user.value;
  switch (verdict.kind) {
    case RenderVerdict::Kind::approve: {
      const auto text = verdict.text.empty() ? std::nullopt : std::optional(verdict.text);
      return transaction.run(kApprove, id, user, lease.token, format_instant(request.context_as_of), text)
          .affected_rows();
    }
    case RenderVerdict::Kind::supersede:
      return transaction
          .run(kSupersede, id, user, lease.token, now, request.text, said_as_json(request.said),
               verdict.explanation)
          .affected_rows();
    case RenderVerdict::Kind::fail:
      return transaction.run(kFail, id, user, lease.token, now).affected_rows();
    case RenderVerdict::Kind::retry:
      return transaction.run(kRetry, id, user, lease.token, format_instant(verdict.retry_at)).affected_rows();
  }
  std::abort();
}

}  // namespace

std::optional<RenderRequest> RenderStore::claim(const RenderLease& lease, Instant now) {
  return in_transaction(
      database_, kShortLockTimeout, [&](Transaction& transaction) -> std::optional<RenderRequest> {
        const auto rows =
            transaction.run(kClaimRendering, format_instant(now), lease.token, format_instant(lease.until));
        if (rows.empty()) return std::nullopt;
        RenderRequest request = request_from(rows[0]);
        const auto sequence = rows[0]["sequence_id"].as<std::string>();
        if (!sequence.empty()) {
          request.text = transaction.run1(kReadSequence, request.user.value, sequence)[0].as<std::string>();
        }
        read_said(transaction, request);
        return request;
      });
}

bool RenderStore::record(const RenderLease& lease, const RenderRequest& request, const RenderVerdict& verdict,
                         Instant now) {
  const std::string at = format_instant(now);
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    transaction.run(kLockUser, request.user.value);
    const bool is_ours = apply(transaction, lease, request, verdict, at) > 0;
    const RenderUsage& usage = verdict.usage;
    transaction.run(kLog, verdict.action, request.user.value, request.id.value,
                    std::string(to_text(request.question)), request.attempt, verdict.outcome,
                    verdict.explanation, usage.model, usage.input_tokens, usage.output_tokens,
                    std::to_string(usage.cost_usd), verdict.latency.count(), at);
    return is_ours;
  });
}

std::size_t RenderStore::release_all() {
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    transaction.run(kLockAsked);
    return transaction.run(kReleaseAll).affected_rows();
  });
}

}  // namespace orchestrator::storage
