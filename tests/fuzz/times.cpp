// Instants as callers write them.

#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>

#include "fuzz/targets.hpp"
#include "inbound/contact_identity.hpp"
#include "orchestrator/instant.hpp"

namespace orchestrator::fuzz {

namespace {

constexpr Instant kEnd = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};

// The same text parsed by the C library, in seconds.
std::int64_t seconds_of(const std::string& text) {
  std::tm time{};
  int read = 0;
  std::sscanf(text.c_str(), "%4d-%2d-%2d%*c%2d:%2d:%2d%n", &time.tm_year, &time.tm_mon, &time.tm_mday,
              &time.tm_hour, &time.tm_min, &time.tm_sec, &read);
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  const std::int64_t local = timegm(&time);
  const std::size_t sign = text.find_first_of("+-", static_cast<std::size_t>(read));
  if (sign == std::string::npos) return local;
  const int offset = std::stoi(text.substr(sign + 1, 2)) * 3600 + std::stoi(text.substr(sign + 4, 2)) * 60;
  return text[sign] == '+' ? local - offset : local + offset;
}

void check_number(double number) {
  const auto instant = inbound::instant_since_1970(number);
  if (instant)
    require(*instant >= Instant{} && *instant < kEnd, "an instant of a number is one we can write");
}

}  // namespace

void check_times(std::string_view input) {
  double number = 0;
  if (input.size() >= sizeof number) {
    std::memcpy(&number, input.data(), sizeof number);
    check_number(number);
  }
  const auto instant = parse_instant(input);
  if (!instant) return;
  require(*instant >= Instant{} && *instant < kEnd, "an accepted instant is of 1970 to 9999");
  const std::string written = format_instant(*instant);
  require(written.size() == 27 && written.back() == 'Z', "instants have one form");
  require(parse_instant(written) == instant, "what is written reads as the same instant");
  require(std::chrono::floor<std::chrono::seconds>(*instant).time_since_epoch().count() ==
              seconds_of(std::string(input)),
          "the C library reads the same instant");
}

}  // namespace orchestrator::fuzz
