#include "orchestrator/instant.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include "text/ascii.hpp"

namespace orchestrator {

namespace {

using namespace std::chrono;

// Writes `value` right-aligned into [first, last), padded with zeros.
void put_digits(char* first, char* last, std::int64_t value) {
  while (last != first) {
    *--last = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// Consumes a text from its front. After the first mismatch, every further read fails.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  int digits(std::size_t count) {
    if (text_.size() < count) return fail();
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!text::is_digit(text_[i])) return fail();
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return value;
  }

  bool try_one_of(std::string_view choices) {
    if (text_.empty() || choices.find(text_.front()) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }

  void one_of(std::string_view choices) {
    if (!try_one_of(choices)) fail();
  }

  microseconds fraction() {
    int value = 0;
    int places = 0;
    for (; places < 6 && !text_.empty() && text::is_digit(text_.front()); ++places)
      value = value * 10 + digits(1);
    if (places == 0) fail();
    for (; places < 6; ++places) value *= 10;
    return microseconds{value};
  }

  bool complete() const { return !failed_ && text_.empty(); }

 private:
  int fail() {
    failed_ = true;
    text_ = {};
    return 0;
  }

  std::string_view text_;
  bool failed_ = false;
};

// nullopt if the hour or the minute is out of range.
std::optional<minutes> scan_hours_minutes(Scanner& scanner) {
  const int hour = scanner.digits(2);
  scanner.one_of(":");
  const int minute = scanner.digits(2);
  if (hour > 23 || minute > 59) return std::nullopt;
  return hours{hour} + minutes{minute};
}

std::optional<minutes> scan_offset(Scanner& scanner) {
  if (scanner.try_one_of("Zz")) return minutes{0};
  const bool is_behind_utc = scanner.try_one_of("-");
  if (!is_behind_utc) scanner.one_of("+");
  const auto offset = scan_hours_minutes(scanner);
  if (!offset) return std::nullopt;
  return is_behind_utc ? -*offset : *offset;
}

constexpr Instant kFirst = sys_days{1970y / January / 1};
constexpr Instant kEnd = sys_days{10000y / January / 1};

}  // namespace

std::string format_instant(Instant instant) {
  const auto day = floor<days>(instant);
  const year_month_day date{day};
  const hh_mm_ss time{instant - day};
  const int year = static_cast<int>(date.year());

  std::array<char, 27> text{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0', '0', ':',
                            '0', '0', ':', '0', '0', '.', '0', '0', '0', '0', '0', '0', 'Z'};
  char* const at = text.data();
  put_digits(at, at + 4, year);
  put_digits(at + 5, at + 7, static_cast<unsigned>(date.month()));
  put_digits(at + 8, at + 10, static_cast<unsigned>(date.day()));
  put_digits(at + 11, at + 13, time.hours().count());
  put_digits(at + 14, at + 16, time.minutes().count());
  put_digits(at + 17, at + 19, time.seconds().count());
  put_digits(at + 20, at + 26, time.subseconds().count());
  // RFC 3339 has four-digit years only; other years are written in full.
  if (year < 0 || year > 9999) return std::to_string(year).append(at + 4, text.size() - 4);
  return std::string(at, text.size());
}

std::optional<Instant> parse_instant(std::string_view text) {
  Scanner scanner(text);
  const int year_number = scanner.digits(4);
  scanner.one_of("-");
  const int month_number = scanner.digits(2);
  scanner.one_of("-");
  const int day_number = scanner.digits(2);
  scanner.one_of("Tt");
  const auto hours_minutes = scan_hours_minutes(scanner);
  scanner.one_of(":");
  const int second = scanner.digits(2);
  const microseconds fraction = scanner.try_one_of(".") ? scanner.fraction() : microseconds{0};
  const auto offset = scan_offset(scanner);

  const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                            day{static_cast<unsigned>(day_number)}};
  if (!scanner.complete() || !date.ok() || !hours_minutes || second > 59 || !offset) return std::nullopt;

  const Instant instant = sys_days{date} + *hours_minutes + seconds{second} + fraction - *offset;
  if (instant < kFirst || instant >= kEnd) return std::nullopt;
  return instant;
}

}  // namespace orchestrator
