#include "policy/explanation_text.hpp"

#include <algorithm>
#include <array>

namespace orchestrator::policy {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string two_digits(std::int64_t number) {
  const std::string text = std::to_string(number);
  return text.size() < 2 ? "0" + text : text;
}

}  // namespace

std::string clock_text(TimeOfDay time) {
  const std::chrono::hh_mm_ss parts{time};
  std::string text = two_digits(parts.hours().count()) + ":" + two_digits(parts.minutes().count());
  if (parts.seconds().count() != 0 || parts.subseconds().count() != 0) {
    text += ":" + two_digits(parts.seconds().count());
  }
  return text;
}

std::string length_text(Duration length) {
  const Duration passed = std::max(length, Duration::zero());
  if (passed < minutes{1}) return std::to_string(std::chrono::floor<seconds>(passed).count()) + " s";
  if (passed < hours{1}) return std::to_string(std::chrono::floor<minutes>(passed).count()) + " min";
  if (passed < days{2}) return std::to_string(std::chrono::floor<hours>(passed).count()) + " h";
  return std::to_string(std::chrono::floor<days>(passed).count()) + " days";
}

std::string count_text(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string date_text(LocalDate date) {
  const std::chrono::year_month_day day{date};
  return std::to_string(static_cast<int>(day.year())) + "-" + two_digits(static_cast<unsigned>(day.month())) +
         "-" + two_digits(static_cast<unsigned>(day.day()));
}

std::string_view weekday_text(LocalDate date) {
  constexpr std::array<std::string_view, 7> kNames = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                      "Thursday", "Friday", "Saturday"};
  return kNames.at(std::chrono::weekday{date}.c_encoding());
}

std::string local_time_text(const RuleInput& input) {
  const WallClock wall = wall_clock(input.now, input.limits.zone);
  return "local time " + clock_text(wall - std::chrono::floor<days>(wall)) + " in " +
         name_of(input.limits.zone);
}

std::string zone_fallback_text(const RuleInput& input) {
  if (!input.limits.zone.is_fallback) return "";
  const std::string& name = input.facts.timezone;
  const std::string problem = name.empty() ? "no zone is set" : "zone \"" + name + "\" is unusable";
  return "; " + problem + ", " + name_of(input.limits.zone) + " is used";
}

std::string active_user_text(const RuleInput& input) {
  return "lifted: the user wrote " + length_text(input.now - *input.facts.last_inbound_at) + " ago";
}

}  // namespace orchestrator::policy
