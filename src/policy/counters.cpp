#include "policy/counters.hpp"

#include <algorithm>
#include <utility>

namespace orchestrator::policy {

namespace {

// Leaves room for a user's hourly limit to be raised later.
constexpr std::size_t kMinKeptSends = 120;

}  // namespace

UserFacts with_daily_count_as_of(Instant now, UserFacts facts, const Limits& limits) {
  const bool is_clock_slow = facts.last_outbound_at && now < *facts.last_outbound_at;
  if (facts.counted_date && !is_clock_slow) {
    facts.counted_date = std::min(*facts.counted_date, local_date(now, limits.zone));
  }
  return facts;
}

UserFacts after_sending(Instant now, UserFacts facts, const Limits& limits) {
  facts = with_daily_count_as_of(now, std::move(facts), limits);
  const LocalDate today = local_date(now, limits.zone);
  if (facts.counted_date.value_or(LocalDate::min()) < today) {
    facts.counted_date = today;
    facts.sent_on_date = 0;
  }
  ++facts.sent_on_date;

  facts.last_outbound_at = std::max(facts.last_outbound_at.value_or(now), now);

  auto& sends = facts.recent_sends;
  std::erase_if(sends, [now](Instant sent_at) { return now - sent_at >= kHourlyWindow; });
  sends.insert(std::ranges::upper_bound(sends, now), now);
  const std::size_t kept = std::max(kMinKeptSends, static_cast<std::size_t>(std::max(limits.hourly, 0)));
  if (sends.size() > kept) sends.erase(sends.begin(), sends.end() - static_cast<std::ptrdiff_t>(kept));
  return facts;
}

}  // namespace orchestrator::policy
