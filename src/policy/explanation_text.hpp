// Building blocks of the rules' explanations. Explanations give local times where a rule depends on the
// user's wall clock, and UTC otherwise. Pure, safe from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

std::string clock_text(TimeOfDay time);    // "22:00"; with seconds unless they are zero
std::string length_text(Duration length);  // "12 s", "4 min", "3 h", "2 days", rounded down
std::string count_text(std::size_t count, std::string_view noun);  // "1 part", "2 parts"
std::string date_text(LocalDate date);                             // "2026-01-16"
std::string_view weekday_text(LocalDate date);                     // "Friday"

std::string local_time_text(const RuleInput& input);  // "local time 12:00 in Europe/London"

// "; zone "Atlantis/X" is unusable, America/New_York is used"; "" if the user's own zone is in use.
std::string zone_fallback_text(const RuleInput& input);

// "lifted: the user wrote 30 s ago". Requires an active user.
std::string active_user_text(const RuleInput& input);

}  // namespace orchestrator::policy
