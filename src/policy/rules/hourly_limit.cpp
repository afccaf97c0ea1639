// hourly_limit: at most limits.hourly messages in any kHourlyWindow. Does not apply to active users.
#include <algorithm>
#include <functional>

#include "policy/activity.hpp"
#include "policy/counters.hpp"
#include "policy/explanation_text.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

Instant passes_at(Instant from, const RuleInput& input) {
  const auto limit = static_cast<std::size_t>(std::max(input.limits.hourly, 0));
  if (limit == 0 || input.facts.recent_sends.size() < limit) return from;
  // Fewer than `limit` sends count once the limit-th newest is an hour old.
  std::vector<Instant> sends = input.facts.recent_sends;
  const auto decisive = sends.begin() + static_cast<std::ptrdiff_t>(limit - 1);
  std::ranges::nth_element(sends, decisive, std::greater{});
  const Instant until = *decisive + kHourlyWindow;
  return until <= from ? from : unless_active(from, until, input.facts, input.limits);
}

std::string explanation(const RuleInput& input) {
  const int limit = input.limits.hourly;
  if (limit <= 0) return "no hourly limit";
  const auto counts = [&](Instant sent_at) { return input.now - sent_at < kHourlyWindow; };
  const auto counted = std::ranges::count_if(input.facts.recent_sends, counts);
  const std::string text =
      std::to_string(counted) + " of " + std::to_string(limit) + " messages in the last 60 minutes";
  const bool is_lifted = counted >= limit && is_active(input.now, input.facts, input.limits);
  return is_lifted ? text + ", " + active_user_text(input) : text;
}

}  // namespace

constinit const Rule kHourlyLimit{"hourly_limit", Reason::hourly_limit_reached, passes_at, explanation};

}  // namespace orchestrator::policy
