#include <algorithm>
#include <tuple>
#include <utility>

#include "policy/policy.hpp"

namespace orchestrator::policy {

namespace {

std::vector<QueuedMessage> in_line(std::vector<QueuedMessage> waiting) {
  std::ranges::sort(waiting, {}, [](const QueuedMessage& message) {
    return std::tie(message.priority, message.scheduled_for, message.id);
  });
  return waiting;
}

// What is left of a line, the rows unseen behind it included.
struct Rest {
  std::optional<Instant> earliest_scheduled;
  bool express = false;

  void add(const QueuedMessage& message) {
    earliest_scheduled = std::min(earliest_scheduled.value_or(message.scheduled_for), message.scheduled_for);
    express = express || is_express(message.priority);
  }
};

// Decides on each message of the line, given the gate at `now`; returns what stays.
Rest work_through(Instant now, const std::vector<QueuedMessage>& line, const Gate& gate, Plan& plan) {
  Rest rest;
  bool unseen_may_come_first = false;
  const QueuedMessage* ahead = nullptr;
  for (const QueuedMessage& message : line) {
    bool stays = false;
    if (is_expired(now, message)) {
      plan.expire.push_back(message.id);
    } else if (plan.promote || now < message.scheduled_for) {
      stays = true;
    } else if (gate.reason) {
      plan.deferred_by = gate.reason;
      stays = true;
    } else if (unseen_may_come_first) {
      stays = true;
    } else if (!message.has_content) {
      plan.fail.push_back(message.id);
    } else {
      plan.promote = message.id;
    }
    // Behind the second of a lane there may be rows that nobody has looked at, none of them due before it.
    const bool is_second_of_lane = ahead != nullptr && ahead->priority == message.priority;
    if (stays || is_second_of_lane) rest.add(message);
    // Where it made room and was due, they may be due as well, and go before any lower lane.
    if (is_second_of_lane && !stays && message.scheduled_for <= now) unseen_may_come_first = true;
    ahead = &message;
  }
  return rest;
}

}  // namespace

Plan plan_user(Instant now, const std::vector<QueuedMessage>& waiting, const UserFacts& facts,
               const Limits& limits) {
  Plan plan;
  plan.facts = with_count_as_of(now, facts, limits);
  if (facts.opted_out) {
    plan.cancel_all = true;
    return plan;
  }

  const Rest rest = work_through(now, in_line(waiting), user_gate(now, plan.facts, limits), plan);
  if (plan.promote) plan.facts = after_sending(now, std::move(plan.facts), limits);

  const Gate gate = user_gate(now, plan.facts, limits);
  if (gate.reason) {
    plan.blocked_until = gate.opens_at;
    plan.blocked_by = gate.reason;
  }

  plan.express = rest.express;
  const bool has_made_room = !plan.promote && !(plan.expire.empty() && plan.fail.empty());
  if (has_made_room) {
    plan.next_attempt_at = now;
  } else if (rest.earliest_scheduled) {
    plan.next_attempt_at = user_gate(std::max(now, *rest.earliest_scheduled), plan.facts, limits).opens_at;
  }
  return plan;
}

}  // namespace orchestrator::policy
