#include "model/writers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace orchestrator::model {

namespace {

using namespace std::chrono_literals;

template <class T, std::size_t N>
T any_of(Life& life, const std::array<T, N>& values) {
  return values[life.below(N)];
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

std::string literal(const std::optional<Instant>& instant) {
  return instant ? quoted(format_instant(*instant)) : "NULL";
}

std::string literal(const std::optional<int>& number) { return number ? std::to_string(*number) : "NULL"; }

std::string literal(const std::optional<TimeOfDay>& time) {
  if (!time) return "NULL";
  const auto minutes = *time / 1min;
  return fmt::format("'{:02}:{:02}'", minutes / 60, minutes % 60);
}

std::string literal(const std::optional<bool>& flag) { return flag ? (*flag ? "true" : "false") : "NULL"; }

std::string literal(const std::optional<ResponsePattern>& pattern) {
  static constexpr std::array kDays = {"sunday",   "monday", "tuesday", "wednesday",
                                       "thursday", "friday", "saturday"};
  if (!pattern) return "NULL";
  std::vector<std::size_t> hours;
  std::vector<std::string> days;
  for (std::size_t hour = 0; hour < 24; ++hour) {
    if (pattern->best_hours.test(hour)) hours.push_back(hour);
  }
  for (std::size_t day = 0; day < 7; ++day) {
    if (pattern->preferred_days.test(day)) days.push_back(fmt::format("\"{}\"", kDays[day]));
  }
  return fmt::format(R"('{{"best_hours": [{}], "preferred_days": [{}]}}')", fmt::join(hours, ","),
                     fmt::join(days, ","));
}

std::string row_of(const Life& life) {
  const Settings& s = life.settings;
  return fmt::format("('{}',{},{},{},{},{},{},{})", life.id, s.zone ? quoted(*s.zone) : "NULL",
                     literal(s.quiet_start), literal(s.quiet_end), literal(s.quiet_enabled),
                     literal(s.hourly_limit), literal(s.daily_limit), literal(s.pattern));
}

// A version 4 UUID by shape: ids that do not tell when they were made.
std::string any_id(Life& life) {
  const std::uint64_t a = life.random();
  const std::uint64_t b = life.random();
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", a >> 32, a >> 16 & 0xffff, a & 0xfff, b >> 52,
                     b & 0xffffffffffff);
}

// One that tells it, as the program's own do.
std::string ordered_id(Life& life, Instant now) {
  const auto us = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const std::string hex = fmt::format("{:012x}", us / 1000);
  return hex.substr(0, 8) + "-" + hex.substr(8) + any_id(life).substr(13);
}

Instant any_schedule(Life& life, Instant now) {
  static constexpr std::array<Duration, 9> kLater = {1min, 5min, 15min, 1h, 3h, 5h, 12h, 25h, 50h};
  const auto kind = life.below(20);
  if (kind < 9) return now;
  if (kind < 11) return now - Duration{static_cast<Duration::rep>(life.below(7'200'000'000))};
  if (kind < 12) return now - 25h;
  if (kind < 17) return now + any_of(life, kLater);
  if (kind < 18) return std::chrono::floor<std::chrono::hours>(now) + 1h;
  return now + Duration{static_cast<Duration::rep>(life.below(20'000'000'000))};
}

// Something that waits; rather a part of a sequence, for there are few.
std::map<std::string, Message>::iterator any_of_parts_first(Life& life) {
  const auto is_part = [](const auto& waiting) { return !waiting.second.sequence.empty(); };
  const auto part = std::ranges::find_if(life.waiting, is_part);
  if (part != life.waiting.end() && life.one_in(2)) return part;
  return std::next(life.waiting.begin(), static_cast<std::ptrdiff_t>(life.below(life.waiting.size())));
}

}  // namespace

Settings Writers::any_settings(Life& life) const {
  static constexpr std::array<std::optional<TimeOfDay>, 6> kStarts = {std::nullopt, 21h + 30min, 13h + 5min,
                                                                      12h,          23h + 45min, 2h + 15min};
  static constexpr std::array<std::optional<TimeOfDay>, 6> kEnds = {std::nullopt, 7h + 15min, 13h + 35min,
                                                                    12h,          6h + 1min,  2h + 45min};
  static constexpr std::array<std::optional<bool>, 5> kEnabled = {std::nullopt, std::nullopt, true, true,
                                                                  false};
  static constexpr std::array<std::optional<int>, 5> kHourly = {std::nullopt, 0, 1, 2, 3};
  static constexpr std::array<std::optional<int>, 6> kDaily = {std::nullopt, 0, 1, 2, 4, 6};
  static constexpr std::array<unsigned long long, 5> kHours = {1ULL << 9 | 1ULL << 18, 0x1f00,
                                                               1ULL << 23 | 1ULL << 2, 0, 1ULL << 2};
  static constexpr std::array<unsigned long long, 4> kDays = {0, 0x3e, 0x01, 0x41};

  Settings settings;
  settings.zone = zones_[life.below(zones_.size())];
  if (life.one_in(20)) settings.zone = std::nullopt;
  if (life.one_in(30)) settings.zone = "Nowhere/City";
  const auto quiet = life.below(2 * kStarts.size());
  settings.quiet_start = quiet < kStarts.size() ? kStarts[quiet] : any_of(life, kStarts);
  settings.quiet_end = quiet < kStarts.size() ? kEnds[quiet] : any_of(life, kEnds);
  settings.quiet_enabled = any_of(life, kEnabled);
  settings.hourly_limit = any_of(life, kHourly);
  settings.daily_limit = any_of(life, kDaily);
  if (life.one_in(2)) settings.pattern = ResponsePattern{any_of(life, kHours), any_of(life, kDays)};
  return settings;
}

void Writers::create(std::vector<Life>& lives, Instant now) {
  std::vector<std::string> rows;
  for (Life& life : lives) {
    life.settings = any_settings(life);
    life.note(now, "begins: " + text_of(life.settings));
    rows.push_back(row_of(life));
  }
  sql_.run(
      fmt::format("INSERT INTO users (id, timezone, quiet_hours_start, quiet_hours_end, "
                  "quiet_hours_enabled, hourly_limit, daily_limit, response_pattern) VALUES {}",
                  fmt::join(rows, ",")));
}

void Writers::write(std::vector<Life>& lives, Instant now, std::uint64_t per_mille) {
  for (Life& life : lives) {
    if (life.below(1000) < per_mille) write_one(life, now);
  }
  flush();
}

void Writers::hurry(Life& life, Instant now) {
  insert(life, {.id = ordered_id(life, now), .priority = Priority::urgent, .scheduled_for = now - 1us}, now);
  flush();
}

void Writers::write_one(Life& life, Instant now) {
  const auto what = life.below(100);
  if (what < 50) {
    for (auto count = 1 + life.below(2); count > 0; --count) schedule(life, now);
  } else if (what < 58) {
    schedule_sequence(life, now);
  } else if (what < 70) {
    edit(life, now);
  } else if (what < 76) {
    edit_status(life, now);
  } else if (what < 80) {
    change_settings(life, now);
  } else if (what < 83 || life.opted_out) {
    opt_out_or_back(life, now);
  } else {
    person_writes(life, now);
  }
}

Message Writers::any_message(Life& life, Instant now) const {
  static constexpr std::array<Duration, 5> kLifetimes = {1min, 30min, 3h, 10h, 30h};
  Message message;
  message.id = life.one_in(4) ? any_id(life) : ordered_id(life, now);
  message.priority = static_cast<Priority>(life.below(4));
  message.can_delay = !life.one_in(4);
  message.has_content = !life.one_in(25);
  message.is_fresh_only = life.one_in(4);
  message.scheduled_for = any_schedule(life, now);
  if (life.one_in(4)) {
    message.expires_at = std::max(now, message.scheduled_for) + any_of(life, kLifetimes);
  }
  return message;
}

void Writers::schedule(Life& life, Instant now) {
  Message message = any_message(life, now);
  if (life.one_in(6)) message.supersede_key = life.one_in(2) ? "weather" : "offer";
  const auto has_same_key = [&](const std::string& row) {
    return row.find(life.id) != std::string::npos && row.find("'" + message.supersede_key + "'") != row.npos;
  };
  if (std::ranges::any_of(inserts_, has_same_key)) message.supersede_key.clear();
  insert(life, std::move(message), now);
}

// Some parts come later, some never.
void Writers::schedule_sequence(Life& life, Instant now) {
  if (!life.unwritten.empty()) {
    for (Message& part : life.unwritten) insert(life, std::move(part), now);
    life.unwritten.clear();
    return;
  }
  const Message first = any_message(life, now);
  const int total = 2 + static_cast<int>(life.below(3));
  const int late = life.one_in(2) ? 0 : 1 + static_cast<int>(life.below(static_cast<std::uint64_t>(total)));
  std::vector<Message> parts;
  for (int position = 1; position <= total; ++position) {
    Message part = first;
    part.id = any_id(life);
    part.sequence = "tale-" + first.id;
    part.position = position;
    part.total = total;
    parts.push_back(part);
  }
  std::ranges::shuffle(parts, life.random);
  for (Message& part : parts) {
    if (part.position == late) {
      life.unwritten.push_back(part);
    } else {
      insert(life, part, now);
    }
  }
}

void Writers::edit(Life& life, Instant now) {
  if (life.waiting.empty()) return schedule(life, now);
  auto& [id, message] =
      *std::next(life.waiting.begin(), static_cast<std::ptrdiff_t>(life.below(life.waiting.size())));
  if (life.one_in(2)) {
    message.scheduled_for = any_schedule(life, now);
  } else {
    message.priority = static_cast<Priority>(life.below(4));
  }
  edits_.push_back(fmt::format(
      "UPDATE message_queue SET scheduled_for = {}, priority = '{}' WHERE id = '{}' AND user_id = '{}'",
      literal(std::optional{message.scheduled_for}), to_text(message.priority), id, life.id));
  life.note(now, "edited to " + text_of(message));
  life.changed();
}

void Writers::edit_status(Life& life, Instant now) {
  const auto is_withdrawn = [](const auto& ended) { return ended.second.reason == "withdrawn"; };
  const auto withdrawn = std::ranges::find_if(life.ended, is_withdrawn);
  const bool comes_back = withdrawn != life.ended.end() && life.one_in(2);
  auto& from = comes_back ? life.ended : life.waiting;
  auto& to = comes_back ? life.waiting : life.ended;
  if (from.empty()) return schedule(life, now);
  const auto chosen = comes_back ? withdrawn : any_of_parts_first(life);
  Message message = chosen->second;
  message.status = comes_back ? "queued" : "cancelled";
  message.reason = comes_back ? "" : "withdrawn";
  message.written_at = now;
  if (comes_back) message.supersede_key.clear();
  from.erase(chosen);
  to[message.id] = message;
  edits_.push_back(
      fmt::format("UPDATE message_queue SET status = '{}', status_reason = nullif('{}', ''), supersede_key = "
                  "nullif('{}', '') "
                  "WHERE id = '{}' AND user_id = '{}'",
                  message.status, message.reason, message.supersede_key, message.id, life.id));
  life.note(now, (comes_back ? "comes back: " : "withdrawn: ") + text_of(message));
  life.changed();
}

void Writers::change_settings(Life& life, Instant now) {
  const Settings before = life.settings;
  life.settings = any_settings(life);
  if (!life.one_in(4)) life.settings.zone = before.zone;
  if (life.settings.zone != before.zone) life.zone_since = now;
  settings_.push_back(row_of(life));
  life.note(now, "settings: " + text_of(life.settings));
  life.changed();
}

void Writers::opt_out_or_back(Life& life, Instant now) {
  life.opted_out = !life.opted_out;
  if (life.opted_out) life.opted_out_at = now;
  edits_.push_back(fmt::format("UPDATE users SET opted_out_at = {} WHERE id = '{}'",
                               life.opted_out ? literal(std::optional{now}) : "NULL", life.id));
  life.note(now, life.opted_out ? "opts out" : "opts in");
  life.changed();
}

void Writers::person_writes(Life& life, Instant now) {
  const Instant at = life.one_in(5) ? now - 3min : now;
  life.last_inbound = std::max(life.last_inbound.value_or(at), at);
  inbound_.push_back(fmt::format("('{}', 'user', 'hello?', 'inbound', 'received', {})", life.id,
                                 literal(std::optional{at})));
  life.note(now, "writes, as of " + format_instant(at));
  life.changed();
}

void Writers::insert(Life& life, Message message, Instant now) {
  message.written_at = now;
  message.context_as_of = now;
  const bool is_part = !message.sequence.empty();
  inserts_.push_back(fmt::format(
      "('{}','{}','concierge_1','{}','{}',{},{},{},{},nullif('{}',''),nullif('{}',''),{},{},{})", message.id,
      life.id, message.has_content ? R"({"content": "Hello"})" : R"({"facts": 1})", to_text(message.priority),
      message.can_delay, message.is_fresh_only, literal(std::optional{message.scheduled_for}),
      literal(message.expires_at), message.supersede_key, message.sequence,
      is_part ? std::to_string(message.position) : "NULL", is_part ? std::to_string(message.total) : "NULL",
      literal(std::optional{now})));
  life.note(now, "queued " + text_of(message));
  life.waiting.emplace(message.id, std::move(message));
  life.changed();
}

void Writers::flush() {
  std::string script;
  if (!inserts_.empty()) {
    script += fmt::format(
        "INSERT INTO message_queue (id, user_id, agent_id, message_data, priority, can_delay, "
        "requires_fresh_context, scheduled_for, "
        "expires_at, supersede_key, sequence_id, sequence_position, sequence_total, created_at) VALUES {};",
        fmt::join(inserts_, ","));
  }
  if (!settings_.empty()) {
    script += fmt::format(
        "UPDATE users SET timezone = v.zone, quiet_hours_start = v.qs::time, quiet_hours_end = v.qe::time, "
        "quiet_hours_enabled = v.enabled::boolean, hourly_limit = v.hourly::integer, "
        "daily_limit = v.daily::integer, response_pattern = v.pattern::jsonb "
        "FROM (VALUES {}) AS v (id, zone, qs, qe, enabled, hourly, daily, pattern) WHERE users.id = v.id;",
        fmt::join(settings_, ","));
  }
  for (const std::string& edit : edits_) script += edit + ";";
  if (!inbound_.empty()) {
    script +=
        fmt::format("INSERT INTO messages (user_id, role, content, direction, status, created_at) VALUES {};",
                    fmt::join(inbound_, ","));
  }
  if (!script.empty()) sql_.run(script);
  for (auto* rows : {&inserts_, &inbound_, &settings_, &edits_}) rows->clear();
}

}  // namespace orchestrator::model
