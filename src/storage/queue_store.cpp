#include "storage/queue_store.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "orchestrator/uuid_v7.hpp"
#include "storage/binary_arrays.hpp"
#include "storage/parameters.hpp"
#include "storage/queue_rows.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {
namespace {

using Kind = Admission::Kind;
using Submissions = QueueStore::Submissions;
using Promotions = QueueStore::Promotions;

// Half of a SHA-256, as a UUID: 32 of its 64 digits.
std::string half_of(const std::string& hash) { return hash.substr(0, 32); }

// For each element, the latest one before it with the same key.
class Predecessors {
 public:
  // Registers the element at `position`, and returns its predecessor.
  std::optional<std::int64_t> add(const std::string& user, const std::string& key, std::int64_t position) {
    const auto [entry, is_first] = latest_.try_emplace(user + '\0' + key, position);
    return is_first ? std::nullopt : std::optional(std::exchange(entry->second, position));
  }

 private:
  std::unordered_map<std::string, std::int64_t> latest_;
};

// The array parameters of submit_messages(): of requests.
struct RequestColumns {
  ArrayLiteral shards, user_ids, idempotency_keys, request_hashes, content_hashes, checks_content,
      same_key_before, same_content_before, agent_ids, conversation_ids, priorities, can_delay, fresh_context,
      scheduled_for, expires_at, supersede_keys, part_totals;

  void add(const Submission& submission, bool looks_for_duplicates) {
    const ScheduleRequest& request = submission.request;
    ++position_;
    shards.number(shard_carried_by(submission.id()));
    user_ids.text(request.user.value);
    add_repeats(request, looks_for_duplicates);
    agent_ids.text(request.agent.value);
    conversation_ids.optional_text(request.conversation_id);
    priorities.text(to_text(request.priority));
    can_delay.boolean(request.can_delay);
    fresh_context.boolean(request.requires_fresh_context);
    scheduled_for.instant(request.scheduled_for);
    expires_at.instant(request.expires_at);
    supersede_keys.optional_text(request.supersede_key);
    const std::size_t parts = submission.ids.size();
    part_totals.optional_number(parts > 1 ? std::optional(parts) : std::nullopt);
  }

 private:
  void add_repeats(const ScheduleRequest& request, bool looks_for_duplicates) {
    const std::string& user = request.user.value;
    const auto& key = request.idempotency_key;
    idempotency_keys.optional_text(key);
    request_hashes.optional_text(key ? std::optional(half_of(request.request_hash)) : std::nullopt);
    same_key_before.optional_number(key ? keys_.add(user, *key, position_) : std::nullopt);

    const std::string hash = half_of(request.content_hash);
    content_hashes.optional_text(looks_for_duplicates ? std::optional(hash) : std::nullopt);
    checks_content.boolean(looks_for_duplicates && !key && !request.allow_duplicate);
    same_content_before.optional_number(looks_for_duplicates ? contents_.add(user, hash, position_)
                                                             : std::nullopt);
  }

  std::int64_t position_ = 0;
  Predecessors keys_;
  Predecessors contents_;
};

struct PartColumns {
  ArrayLiteral part_of, positions, ids, message_data;

  void add(const Submission& submission, std::size_t request_position) {
    for (std::size_t part = 0; part < submission.ids.size(); ++part) {
      part_of.number(static_cast<std::int64_t>(request_position));
      positions.number(static_cast<std::int64_t>(part) + 1);
      ids.text(submission.ids[part].value);
      message_data.text(submission.request.parts[part]);
    }
  }
};

// The requests of one user become neighbours, in the order of their submission.
std::vector<std::size_t> order_by_user(const Submissions& submissions) {
  std::vector<std::size_t> order(submissions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, {}, [&](std::size_t i) { return std::string_view(submissions[i]->request.user.value); });
  return order;
}

// The JSON parameter of submit_messages(), by the positions of the requests; NULL: no promotion.
std::optional<std::string> promotion_rows(const Promotions& promotions,
                                          const std::vector<std::size_t>& order) {
  JsonRows rows;
  bool any = false;
  for (std::size_t i = 0; i < order.size() && !promotions.empty(); ++i) {
    const auto& promotion = promotions[order[i]];
    if (!promotion) continue;
    any = true;
    const UserUpdate& update = promotion->update;
    const StoredCounters counters(update.plan.facts);
    rows.begin_row();
    rows.number("request", static_cast<std::int64_t>(i) + 1);
    rows.text("user_version", promotion->user_version);
    rows.text("message_id", update.promotions.front().message.value);
    rows.instant("next_attempt_at", update.plan.next_attempt_at);
    rows.boolean("express", update.plan.express);
    rows.instant("blocked_until", update.plan.blocked_until);
    if (update.plan.blocked_by) rows.text("blocked_by", to_text(*update.plan.blocked_by));
    rows.optional_text("date", counters.date);
    rows.number("messages_sent", counters.messages_sent);
    rows.instant("last_message_at", counters.last_message_at);
    rows.text("recent_sends", counters.recent_sends);
    rows.number("daily_limit", update.daily_limit);
    rows.number("hourly_limit", update.hourly_limit);
    rows.boolean("quiet_hours_enabled", update.quiet_hours_enabled);
  }
  return any ? std::optional(rows.take()) : std::nullopt;
}

Kind kind_from(const std::string& outcome) {
  if (outcome == "stored") return Kind::store;
  if (outcome == "promoted") return Kind::promoted;
  if (outcome == "stored before") return Kind::stored_before;
  if (outcome == "locked") return Kind::locked;
  if (outcome == "unknown_user") return Kind::unknown_user;
  if (outcome == "replayed") return Kind::replayed;
  if (outcome == "duplicate") return Kind::duplicate;
  return outcome == "key_reused" ? Kind::key_reused : Kind::queue_full;
}

EarlierMessage::State state_from(const std::string& status, bool is_ready) {
  using State = EarlierMessage::State;
  if (status == "sent") return State::sent;
  if (status == "expired") return State::expired;
  if (status != "queued" && status != "approved") return State::cancelled;
  return is_ready ? State::waiting : State::with_llm;
}

EarlierMessage earlier_from(const pqxx::row& row) {
  const auto reason = optional_from<std::string>(row["earlier_reason"]);
  return {.message = {.id = MessageId{row["earlier_id"].as<std::string>()},
                      .priority = priority_from_text(row["earlier_priority"].c_str()).value(),
                      .scheduled_for = instant_from(row["earlier_scheduled_for"]),
                      .expires_at = optional_instant_from(row["earlier_expires_at"]),
                      .can_delay = row["earlier_can_delay"].as<bool>()},
          .state = state_from(row["earlier_status"].as<std::string>(), row["earlier_ready"].as<bool>()),
          .reason = reason ? reason_from_text(*reason) : std::nullopt};
}

Admission admission_from(const pqxx::row& row) {
  Admission admission{.kind = kind_from(row["outcome"].as<std::string>()),
                      .facts = facts_from(row),
                      .others_wait = row["others_wait"].as<bool>()};
  if (!row["earlier_id"].is_null()) admission.earlier = earlier_from(row);
  return admission;
}

}  // namespace

std::vector<std::optional<UserState>> QueueStore::read_users(const Submissions& submissions) {
  BinaryArray shards{BinaryArray::Type::smallint};
  BinaryArray ids{BinaryArray::Type::text};
  for (const Submission* submission : submissions) {
    shards.smallint(shard_carried_by(submission->id()));
    ids.text(submission->request.user.value);
  }
  return in_single_read(database_, [&](SingleRead& transaction) {
    std::vector<std::optional<UserState>> users(submissions.size());
    for (const auto& row : transaction.run(sql::read_user_states, shards.take(), ids.take())) {
      auto& user = users.at(row["position"].as<std::size_t>());
      if (!user) user = UserState{.facts = facts_from(row), .queue = {}, .version = row["version"].c_str()};
      if (!row["id"].is_null()) user->queue.messages.push_back(message_from(row));
      user->queue.is_truncated = user->queue.messages.size() > kWholeQueue;
    }
    return users;
  });
}

std::vector<Admission> QueueStore::submit(const Submissions& submissions, const Promotions& promotions,
                                          const Scope& scope) {
  const std::vector<std::size_t> order = order_by_user(submissions);
  RequestColumns requests;
  PartColumns parts;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Submission& submission = *submissions[order[i]];
    requests.add(submission, scope.duplicates_since < scope.now);
    parts.add(submission, i + 1);
  }
  return in_single_write(database_, [&](auto& transaction) {
    const pqxx::result rows = transaction.run(
        sql::submit_messages, requests.shards.take(), requests.user_ids.take(),
        requests.idempotency_keys.take(), requests.request_hashes.take(), requests.content_hashes.take(),
        requests.checks_content.take(), requests.same_key_before.take(), requests.same_content_before.take(),
        requests.agent_ids.take(), requests.conversation_ids.take(), requests.priorities.take(),
        requests.can_delay.take(), requests.fresh_context.take(), requests.scheduled_for.take(),
        requests.expires_at.take(), requests.supersede_keys.take(), requests.part_totals.take(),
        parts.part_of.take(), parts.positions.take(), parts.ids.take(), parts.message_data.take(),
        scope.may_be_stored, format_instant(scope.duplicates_since), scope.max_waiting,
        format_instant(scope.now), promotion_rows(promotions, order));
    std::vector<Admission> admissions(submissions.size());
    for (const auto& row : rows)
      admissions.at(order.at(row["request"].as<std::size_t>() - 1)) = admission_from(row);
    return admissions;
  });
}

}  // namespace orchestrator::storage
