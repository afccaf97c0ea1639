#include "policy/rule_table.hpp"

#include <algorithm>
#include <array>

#include "policy/details.hpp"

namespace orchestrator::policy {

namespace {

Instant after_expired(Instant from, const RuleInput& input) {
  return is_expired(from, input.message) ? kNever : from;
}

Instant after_incomplete_sequence(Instant from, const RuleInput& input) {
  return input.message.is_complete ? from : kNever;
}

Instant after_not_due(Instant from, const RuleInput& input) {
  return std::max(from, input.message.scheduled_for);
}

Instant after_busy_queue(Instant from, const RuleInput& input) {
  const bool is_busy = input.facts.queue_is_busy || input.gives_way;
  return is_busy ? after_low_lane(from, input.now, input.message) : from;
}

Instant after_awaiting_render(Instant from, const RuleInput& input) {
  return waits_for_answer(input.message, input.facts, input.limits) ? kNever : from;
}

Instant after_opted_out(Instant from, const RuleInput& input) {
  return input.facts.opted_out ? kNever : from;
}

template <Instant (*rule)(Instant, const QueuedMessage&, const UserFacts&, const Limits&)>
Instant of_message(Instant from, const RuleInput& input) {
  return rule(from, input.message, input.facts, input.limits);
}

template <Instant (*rule)(Instant, const UserFacts&, const Limits&)>
Instant of_user(Instant from, const RuleInput& input) {
  return rule(from, input.facts, input.limits);
}

constexpr std::array kRules = {
    Rule{"expired", Reason::expired, after_expired, detail_of_expired},
    Rule{"incomplete_sequence", Reason::incomplete_sequence, after_incomplete_sequence,
         detail_of_incomplete_sequence},
    Rule{"not_due", Reason::not_due, after_not_due, detail_of_not_due},
    Rule{"optimal_time", Reason::optimal_time, of_message<after_optimal_time>, detail_of_optimal_time},
    Rule{"low_priority_busy", Reason::low_priority_busy, after_busy_queue, detail_of_low_lane},
    Rule{"awaiting_render", Reason::awaiting_render, after_awaiting_render, detail_of_awaiting_render},
    Rule{"opted_out", Reason::opted_out, after_opted_out, detail_of_opted_out},
    Rule{"cooldown", Reason::cooldown, of_user<after_cooldown>, detail_of_cooldown},
    Rule{"hourly_limit", Reason::hourly_limit_reached, of_user<after_hourly_limit>, detail_of_hourly_limit},
    Rule{"daily_limit", Reason::daily_limit_reached, of_user<after_daily_limit>, detail_of_daily_limit},
    Rule{"quiet_hours", Reason::quiet_hours, of_user<after_quiet_hours>, detail_of_quiet_hours},
};
constexpr std::size_t kMessageRules = 6;
constexpr std::size_t kUserRules = 4;

// A schedule, the low lane, the cooldown and the daily limit move an instant once, the hourly limit and quiet
// hours twice (activity may open them and close again), and quiet hours again after each of the others. Best
// hours and quiet hours may take turns, but not for longer than a day. Only quiet that never ends needs more.
constexpr int kMaxRounds = 12;

}  // namespace

std::span<const Rule> all_rules() { return kRules; }
std::span<const Rule> rules_that_defer() { return all_rules().subspan(1); }
std::span<const Rule> message_rules() { return all_rules().subspan(1, kMessageRules - 1); }
std::span<const Rule> user_rules() { return all_rules().last(kUserRules); }

std::optional<Reason> first_to_block(std::span<const Rule> rules, const RuleInput& input) {
  const auto blocks = [&](const Rule& rule) { return rule.passes_at(input.now, input) > input.now; };
  const auto found = std::ranges::find_if(rules, blocks);
  if (found == rules.end()) return std::nullopt;
  return found->reason;
}

Instant all_pass_at(std::span<const Rule> rules, Instant from, const RuleInput& input) {
  Instant passes_at = from;
  for (int round = 0; round < kMaxRounds; ++round) {
    Instant latest = passes_at;
    for (const Rule& rule : rules) {
      latest = std::max(latest, rule.passes_at(passes_at, input));
      if (latest == kNever) return kNever;
    }
    if (latest == passes_at) break;
    passes_at = latest;
  }
  return passes_at;
}

}  // namespace orchestrator::policy
