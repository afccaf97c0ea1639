#include "storage/queue_store.hpp"

#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {
namespace {

using Kind = Admission::Kind;
using Submissions = std::vector<const Submission*>;

// The array parameters of submit_messages(), in its order.
struct RequestColumns {
  ArrayLiteral user_ids, idempotency_keys, request_hashes, content_hashes, checks_content;

  void add(const ScheduleRequest& request, bool checks_duplicates) {
    user_ids.text(request.user.value);
    idempotency_keys.optional_text(request.idempotency_key);
    request_hashes.text(request.request_hash);
    content_hashes.text(request.content_hash);
    checks_content.boolean(checks_duplicates && !request.idempotency_key && !request.allow_duplicate);
  }
};

struct PartColumns {
  ArrayLiteral part_of, ids, agent_ids, conversation_ids, message_data, priorities, can_delay, fresh_context,
      scheduled_for, expires_at, supersede_keys, positions, totals;

  void add(const Submission& submission, std::int64_t request_position) {
    const ScheduleRequest& request = submission.request;
    const std::size_t parts = submission.ids.size();
    for (std::size_t part = 0; part < parts; ++part) {
      part_of.number(request_position);
      ids.text(submission.ids[part].value);
      agent_ids.text(request.agent.value);
      conversation_ids.optional_text(request.conversation_id);
      message_data.text(request.parts[part]);
      priorities.text(to_text(request.priority));
      can_delay.boolean(request.can_delay);
      fresh_context.boolean(request.requires_fresh_context);
      scheduled_for.instant(request.scheduled_for);
      expires_at.instant(request.expires_at);
      supersede_keys.optional_text(request.supersede_key);
      positions.optional_number(parts > 1 ? std::optional(part + 1) : std::nullopt);
      totals.optional_number(parts > 1 ? std::optional(parts) : std::nullopt);
    }
  }
};

Kind kind_from(const std::string& outcome) {
  if (outcome == "stored") return Kind::store;
  if (outcome == "locked") return Kind::locked;
  if (outcome == "unknown_user") return Kind::unknown_user;
  if (outcome == "replayed") return Kind::replayed;
  if (outcome == "duplicate") return Kind::duplicate;
  return outcome == "key_reused" ? Kind::key_reused : Kind::queue_full;
}

Admission admission_from(const pqxx::row& row) {
  Admission admission{.kind = kind_from(row["outcome"].as<std::string>())};
  if (!row["earlier_id"].is_null()) {
    admission.earlier = MessageId{row["earlier_id"].as<std::string>()};
    admission.earlier_scheduled_for = instant_from(row["earlier_scheduled_for"]);
  }
  return admission;
}

}  // namespace

std::vector<Admission> QueueStore::submit(const Submissions& submissions, const Scope& scope) {
  RequestColumns requests;
  PartColumns parts;
  for (std::size_t i = 0; i < submissions.size(); ++i) {
    requests.add(submissions[i]->request, scope.duplicates_since < scope.now);
    parts.add(*submissions[i], static_cast<std::int64_t>(i) + 1);
  }
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    const auto rows = transaction.run(
        sql::submit_messages, requests.user_ids.take(), requests.idempotency_keys.take(),
        requests.request_hashes.take(), requests.content_hashes.take(), requests.checks_content.take(),
        parts.part_of.take(), parts.ids.take(), parts.agent_ids.take(), parts.conversation_ids.take(),
        parts.message_data.take(), parts.priorities.take(), parts.can_delay.take(),
        parts.fresh_context.take(), parts.scheduled_for.take(), parts.expires_at.take(),
        parts.supersede_keys.take(), parts.positions.take(), parts.totals.take(),
        format_instant(scope.duplicates_since), scope.max_waiting, format_instant(scope.now));
    std::vector<Admission> admissions(submissions.size());
    for (const auto& row : rows) admissions.at(row["request"].as<std::size_t>() - 1) = admission_from(row);
    return admissions;
  });
}

}  // namespace orchestrator::storage
