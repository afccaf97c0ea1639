// A user's settings in a request: the body of PUT /users/{id}, and `user` in POST /preview. Pure functions,
// safe from any thread.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "api/fields.hpp"
#include "orchestrator/messages.hpp"

namespace orchestrator::api {

inline constexpr std::array<std::string_view, 8> kUserFields = {
    "phoneNumber",       "timezone",    "quietHoursStart", "quietHoursEnd",
    "quietHoursEnabled", "hourlyLimit", "dailyLimit",      "responsePattern"};

inline constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                              "thursday", "friday", "saturday"};

// Everything except the id. Absent fields take their defaults.
User read_user_fields(Fields& fields, std::string_view default_timezone);

// An integer from 0 to 100,000. `meaning_of_zero` explains 0 in the refusal, e.g. " (no limit)".
std::optional<int> read_count(Fields& fields, std::string_view name, std::string_view meaning_of_zero);

}  // namespace orchestrator::api
