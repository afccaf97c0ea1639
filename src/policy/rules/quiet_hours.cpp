// quiet_hours: nothing is sent while the user's wall clock is in [start, end). Does not apply to active
// users.
#include "policy/rules/quiet_hours.hpp"

#include "policy/activity.hpp"
#include "policy/explanation_text.hpp"
#include "policy/quiet_interval.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

Instant passes_at(Instant from, const RuleInput& input) {
  return quiet_hours_pass_at(from, input.facts, input.limits);
}

std::string explanation(const RuleInput& input) {
  const QuietHours& quiet = input.limits.quiet_hours;
  if (!quiet.enabled || quiet.start == quiet.end) return "no quiet hours";
  const std::string text = local_time_text(input) + ", quiet from " + clock_text(quiet.start) + " to " +
                           clock_text(quiet.end) + zone_fallback_text(input);
  const bool is_quiet = quiet_interval(input.now, quiet, input.limits.zone).has_value();
  const bool is_lifted = is_quiet && is_active(input.now, input.facts, input.limits);
  return is_lifted ? text + ", " + active_user_text(input) : text;
}

}  // namespace

constinit const Rule kQuietHours{"quiet_hours", Reason::quiet_hours, passes_at, explanation};

Instant quiet_hours_pass_at(Instant from, const UserFacts& facts, const Limits& limits) {
  const auto quiet = quiet_interval(from, limits.quiet_hours, limits.zone);
  return quiet ? unless_active(from, quiet->end, facts, limits) : from;
}

}  // namespace orchestrator::policy
