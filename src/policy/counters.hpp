// The counters of a user's sends: last_outbound_at, recent_sends, counted_date and sent_on_date of UserFacts.
// Pure, safe from any thread.
//
// Another instance with a faster clock may have counted sends that are later than `now`. Such sends count
// like any other.
#pragma once

#include <chrono>

#include "policy/limits.hpp"

namespace orchestrator::policy {

// A send of exactly this age no longer counts towards the hourly limit.
inline constexpr std::chrono::minutes kHourlyWindow{60};

// The facts with the daily count applied to the local date at `now`. If counted_date is later, the user has
// moved west, and the count is taken as today's. If `now` is before the last send, this clock is slow, and
// the facts are returned unchanged.
UserFacts with_daily_count_as_of(Instant now, UserFacts facts, const Limits& limits);

// The facts after one message was sent at `now`.
UserFacts after_sending(Instant now, UserFacts facts, const Limits& limits);

}  // namespace orchestrator::policy
