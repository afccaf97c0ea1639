#include "ingest/immediate_promotion.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "ingest/decision.hpp"
#include "policy/policy.hpp"

namespace orchestrator::ingest {
namespace {

using storage::QueueStore;

bool is_sequence(const QueuedMessage& message) { return !message.sequence_id.empty(); }

bool does_nothing_else(const Plan& plan) {
  return plan.expire.empty() && plan.fail.empty() && plan.ask.empty() && !plan.cancel_all;
}

bool is_candidate(const Submission& submission) {
  return is_express(submission.request.priority) && submission.ids.size() == 1;
}

// The positions of the candidates that are their users' only submissions.
std::vector<std::size_t> candidates(const QueueStore::Submissions& submissions) {
  std::vector<std::size_t> found;
  if (std::ranges::none_of(submissions, [](const Submission* s) { return is_candidate(*s); })) return found;
  std::unordered_map<std::string_view, int> submissions_of;
  for (const Submission* submission : submissions) ++submissions_of[submission->request.user.value];
  for (std::size_t i = 0; i < submissions.size(); ++i) {
    if (is_candidate(*submissions[i]) && submissions_of[submissions[i]->request.user.value] == 1)
      found.push_back(i);
  }
  return found;
}

}  // namespace

std::optional<UserUpdate> promotion_of(const Submission& submission, const UserState& user, Instant now,
                                       const RuleDefaults& rules) {
  if (user.queue.is_truncated || std::ranges::any_of(user.queue.messages, is_sequence)) return std::nullopt;
  const policy::Limits limits = policy::limits_in_force(user.facts, rules);
  UserQueue queue = user.queue;
  queue.messages.push_back(message_of(submission, now));
  UserUpdate update{.plan = policy::plan_user(now, queue, user.facts, limits),
                    .daily_limit = limits.daily,
                    .hourly_limit = limits.hourly,
                    .quiet_hours_enabled = limits.quiet_hours.enabled};
  if (update.plan.promote != submission.id() || !does_nothing_else(update.plan)) return std::nullopt;
  return update;
}

QueueStore::Promotions decide_promotions(QueueStore& store, const QueueStore::Submissions& submissions,
                                         Instant now, UuidV7Source& ids, const RuleDefaults& rules) {
  const std::vector<std::size_t> positions = candidates(submissions);
  if (positions.empty()) return {};
  QueueStore::Submissions asked;
  for (const std::size_t position : positions) asked.push_back(submissions[position]);

  QueueStore::Promotions promotions(submissions.size());
  const auto users = store.read_users(asked);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (!users[i]) continue;
    auto update = promotion_of(*asked[i], *users[i], now, rules);
    if (!update) continue;
    update->promotions.push_back({asked[i]->id(), ids.next(now, asked[i]->request.user)});
    promotions[positions[i]] = {users[i]->version, std::move(*update)};
  }
  return promotions;
}

}  // namespace orchestrator::ingest
