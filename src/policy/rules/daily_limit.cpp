// daily_limit: at most limits.daily messages on one local calendar day of the user. An active user changes
// nothing.
#include "policy/explanation_text.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

Instant passes_at(Instant from, const RuleInput& input) {
  const auto& counted_date = input.facts.counted_date;
  if (input.limits.daily <= 0 || input.facts.sent_on_date < input.limits.daily || !counted_date) return from;
  if (*counted_date < local_date(from, input.limits.zone)) return from;
  return end_of_date(*counted_date, from, input.limits.zone);
}

std::string explanation(const RuleInput& input) {
  const int limit = input.limits.daily;
  if (limit <= 0) return "no daily limit";
  const LocalDate today = local_date(input.now, input.limits.zone);
  const bool is_counted = input.facts.counted_date.value_or(LocalDate::min()) >= today;
  const int sent = is_counted ? input.facts.sent_on_date : 0;
  return std::to_string(sent) + " of " + std::to_string(limit) + " messages on " + date_text(today) + " in " +
         name_of(input.limits.zone) + zone_fallback_text(input);
}

}  // namespace

constinit const Rule kDailyLimit{"daily_limit", Reason::daily_limit_reached, passes_at, explanation};

}  // namespace orchestrator::policy
