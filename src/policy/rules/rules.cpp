#include "policy/rules/rules.hpp"

#include <algorithm>
#include <array>

namespace orchestrator::policy {

namespace {

constexpr std::array kRules = {&kExpired,         &kIncompleteSequence, &kNotDue,    &kOptimalTime,
                               &kLowPriorityBusy, &kAwaitingRender,     &kOptedOut,  &kCooldown,
                               &kHourlyLimit,     &kDailyLimit,         &kQuietHours};
constexpr std::size_t kMessageRules = 6;
constexpr std::size_t kUserRules = 4;

// all_pass_at converges in fewer rounds, except where quiet hours never end. not_due, low_priority_busy,
// cooldown and daily_limit move an instant once. hourly_limit and quiet_hours move it twice, because an
// active user may open and close them; quiet_hours moves it again after each other rule. optimal_time and
// quiet_hours may move it alternately, but only for one day.
constexpr int kMaxRounds = 12;

}  // namespace

Rules all_rules() { return kRules; }
Rules deferring_rules() { return all_rules().subspan(1); }
Rules message_rules() { return all_rules().subspan(1, kMessageRules - 1); }
Rules user_rules() { return all_rules().last(kUserRules); }

std::optional<Reason> first_to_block(Rules rules, const RuleInput& input) {
  const auto blocks = [&](const Rule* rule) { return rule->passes_at(input.now, input) > input.now; };
  const auto found = std::ranges::find_if(rules, blocks);
  if (found == rules.end()) return std::nullopt;
  return (*found)->reason;
}

Instant all_pass_at(Rules rules, Instant from, const RuleInput& input) {
  Instant passes_at = from;
  for (int round = 0; round < kMaxRounds; ++round) {
    Instant latest = passes_at;
    for (const Rule* rule : rules) {
      latest = std::max(latest, rule->passes_at(passes_at, input));
      if (latest == kNever) return kNever;
    }
    if (latest == passes_at) break;
    passes_at = latest;
  }
  return passes_at;
}

}  // namespace orchestrator::policy
