#include "model/external_writers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace orchestrator::model {

namespace {

using namespace std::chrono_literals;

template <class T, std::size_t N>
T any_of(SimulatedUser& user, const std::array<T, N>& values) {
  return values[user.below(N)];
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

std::string row_of(const SimulatedUser& user) {
  const Settings& s = user.settings;
  return fmt::format("('{}',{},{},{},{},{},{},{})", user.id, s.zone ? quoted(*s.zone) : "NULL",
                     literal(s.quiet_start), literal(s.quiet_end), literal(s.quiet_enabled),
                     literal(s.hourly_limit), literal(s.daily_limit), literal(s.pattern));
}

// Has the form of a version 4 UUID, which does not depend on the time.
std::string any_id(SimulatedUser& user) {
  const std::uint64_t a = user.random();
  const std::uint64_t b = user.random();
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", a >> 32, a >> 16 & 0xffff, a & 0xfff, b >> 52,
                     b & 0xffffffffffff);
}

// Ordered by time, like the ids that the program generates.
std::string ordered_id(SimulatedUser& user, Instant now) {
  const auto us = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const std::string hex = fmt::format("{:012x}", us / 1000);
  return hex.substr(0, 8) + "-" + hex.substr(8) + any_id(user).substr(13);
}

Instant any_schedule(SimulatedUser& user, Instant now) {
  static constexpr std::array<Duration, 9> kLater = {1min, 5min, 15min, 1h, 3h, 5h, 12h, 25h, 50h};
  const auto kind = user.below(20);
  if (kind < 9) return now;
  if (kind < 11) return now - Duration{static_cast<Duration::rep>(user.below(7'200'000'000))};
  if (kind < 12) return now - 25h;
  if (kind < 17) return now + any_of(user, kLater);
  if (kind < 18) return std::chrono::floor<std::chrono::hours>(now) + 1h;
  return now + Duration{static_cast<Duration::rep>(user.below(20'000'000'000))};
}

// A waiting message; preferably a part of a sequence, because these are rare.
std::map<std::string, Message>::iterator any_of_parts_first(SimulatedUser& user) {
  const auto is_part = [](const auto& waiting) { return !waiting.second.sequence.empty(); };
  const auto part = std::ranges::find_if(user.waiting, is_part);
  if (part != user.waiting.end() && user.one_in(2)) return part;
  return std::next(user.waiting.begin(), static_cast<std::ptrdiff_t>(user.below(user.waiting.size())));
}

}  // namespace

Settings ExternalWriters::any_settings(SimulatedUser& user) const {
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
  settings.zone = zones_[user.below(zones_.size())];
  if (user.one_in(20)) settings.zone = std::nullopt;
  if (user.one_in(30)) settings.zone = "Nowhere/City";
  const auto quiet = user.below(2 * kStarts.size());
  settings.quiet_start = quiet < kStarts.size() ? kStarts[quiet] : any_of(user, kStarts);
  settings.quiet_end = quiet < kStarts.size() ? kEnds[quiet] : any_of(user, kEnds);
  settings.quiet_enabled = any_of(user, kEnabled);
  settings.hourly_limit = any_of(user, kHourly);
  settings.daily_limit = any_of(user, kDaily);
  if (user.one_in(2)) settings.pattern = ResponsePattern{any_of(user, kHours), any_of(user, kDays)};
  return settings;
}

void ExternalWriters::create(std::vector<SimulatedUser>& users, Instant now) {
  std::vector<std::string> rows;
  for (SimulatedUser& user : users) {
    user.settings = any_settings(user);
    user.note(now, "begins: " + text_of(user.settings));
    rows.push_back(row_of(user));
  }
  sql_.run(
      fmt::format("INSERT INTO users (id, timezone, quiet_hours_start, quiet_hours_end, "
                  "quiet_hours_enabled, hourly_limit, daily_limit, response_pattern) VALUES {}",
                  fmt::join(rows, ",")));
}

void ExternalWriters::write(std::vector<SimulatedUser>& users, Instant now, std::uint64_t per_mille) {
  for (SimulatedUser& user : users) {
    if (user.below(1000) < per_mille) write_one(user, now);
  }
  flush();
}

void ExternalWriters::write(SimulatedUser& user, Instant now) {
  write_one(user, now);
  flush();
}

Message ExternalWriters::any_express_message(SimulatedUser& user, Instant now) const {
  Message message = any_message(user, now);
  message.priority = user.one_in(2) ? Priority::urgent : Priority::high;
  if (!user.one_in(4)) message.scheduled_for = std::min(message.scheduled_for, now);
  if (user.one_in(6)) message.supersede_key = user.one_in(2) ? "weather" : "offer";
  return message;
}

void ExternalWriters::schedule_urgent(SimulatedUser& user, Instant now) {
  insert(user, {.id = ordered_id(user, now), .priority = Priority::urgent, .scheduled_for = now - 1us}, now);
  flush();
}

void ExternalWriters::write_one(SimulatedUser& user, Instant now) {
  const auto what = user.below(100);
  if (what < 50) {
    for (auto count = 1 + user.below(2); count > 0; --count) schedule(user, now);
  } else if (what < 58) {
    schedule_sequence(user, now);
  } else if (what < 70) {
    edit(user, now);
  } else if (what < 76) {
    edit_status(user, now);
  } else if (what < 80) {
    change_settings(user, now);
  } else if (what < 83 || user.opted_out) {
    opt_out_or_in(user, now);
  } else {
    user_writes(user, now);
  }
}

Message ExternalWriters::any_message(SimulatedUser& user, Instant now) const {
  static constexpr std::array<Duration, 5> kLifetimes = {1min, 30min, 3h, 10h, 30h};
  Message message;
  message.id = user.one_in(4) ? any_id(user) : ordered_id(user, now);
  message.priority = static_cast<Priority>(user.below(4));
  message.can_delay = !user.one_in(4);
  message.has_content = !user.one_in(25);
  message.requires_fresh_context = user.one_in(4);
  message.scheduled_for = any_schedule(user, now);
  if (user.one_in(4)) {
    message.expires_at = std::max(now, message.scheduled_for) + any_of(user, kLifetimes);
  }
  return message;
}

void ExternalWriters::schedule(SimulatedUser& user, Instant now) {
  Message message = any_message(user, now);
  if (user.one_in(6)) message.supersede_key = user.one_in(2) ? "weather" : "offer";
  const auto has_same_key = [&](const std::string& row) {
    return row.find(user.id) != std::string::npos && row.find("'" + message.supersede_key + "'") != row.npos;
  };
  if (std::ranges::any_of(inserts_, has_same_key)) message.supersede_key.clear();
  insert(user, std::move(message), now);
}

// Some parts are inserted later, some never.
void ExternalWriters::schedule_sequence(SimulatedUser& user, Instant now) {
  if (!user.missing_parts.empty()) {
    for (Message& part : user.missing_parts) insert(user, std::move(part), now);
    user.missing_parts.clear();
    return;
  }
  const Message first = any_message(user, now);
  const int total = 2 + static_cast<int>(user.below(3));
  const int late = user.one_in(2) ? 0 : 1 + static_cast<int>(user.below(static_cast<std::uint64_t>(total)));
  std::vector<Message> parts;
  for (int position = 1; position <= total; ++position) {
    Message part = first;
    part.id = any_id(user);
    part.sequence = "tale-" + first.id;
    part.position = position;
    part.total = total;
    parts.push_back(part);
  }
  std::ranges::shuffle(parts, user.random);
  for (Message& part : parts) {
    if (part.position == late) {
      user.missing_parts.push_back(part);
    } else {
      insert(user, part, now);
    }
  }
}

void ExternalWriters::edit(SimulatedUser& user, Instant now) {
  if (user.waiting.empty()) return schedule(user, now);
  auto& [id, message] =
      *std::next(user.waiting.begin(), static_cast<std::ptrdiff_t>(user.below(user.waiting.size())));
  if (user.one_in(2)) {
    message.scheduled_for = any_schedule(user, now);
  } else {
    message.priority = static_cast<Priority>(user.below(4));
  }
  edits_.push_back(fmt::format(
      "UPDATE message_queue SET scheduled_for = {}, priority = '{}' WHERE id = '{}' AND user_id = '{}'",
      literal(std::optional{message.scheduled_for}), to_text(message.priority), id, user.id));
  user.note(now, "edited to " + text_of(message));
  user.changed();
}

void ExternalWriters::edit_status(SimulatedUser& user, Instant now) {
  const auto is_withdrawn = [](const auto& ended) { return ended.second.reason == "withdrawn"; };
  const auto withdrawn = std::ranges::find_if(user.ended, is_withdrawn);
  const bool is_requeued = withdrawn != user.ended.end() && user.one_in(2);
  auto& from = is_requeued ? user.ended : user.waiting;
  auto& to = is_requeued ? user.waiting : user.ended;
  if (from.empty()) return schedule(user, now);
  const auto chosen = is_requeued ? withdrawn : any_of_parts_first(user);
  Message message = chosen->second;
  message.status = is_requeued ? "queued" : "cancelled";
  message.reason = is_requeued ? "" : "withdrawn";
  message.written_at = now;
  if (is_requeued) {
    message.supersede_key.clear();
    message.awaiting.clear();
    message.context_as_of = message.created_at;
    message.checks = 0;
  }
  from.erase(chosen);
  to[message.id] = message;
  edits_.push_back(
      fmt::format("UPDATE message_queue SET status = '{}', status_reason = nullif('{}', ''), supersede_key = "
                  "nullif('{}', '') "
                  "WHERE id = '{}' AND user_id = '{}'",
                  message.status, message.reason, message.supersede_key, message.id, user.id));
  user.note(now, (is_requeued ? "requeued: " : "withdrawn: ") + text_of(message));
  user.changed();
}

void ExternalWriters::change_settings(SimulatedUser& user, Instant now) {
  const Settings before = user.settings;
  user.settings = any_settings(user);
  if (!user.one_in(4)) user.settings.zone = before.zone;
  if (user.settings.zone != before.zone) user.zone_since = now;
  settings_.push_back(row_of(user));
  user.note(now, "settings: " + text_of(user.settings));
  user.changed();
}

void ExternalWriters::opt_out_or_in(SimulatedUser& user, Instant now) {
  user.opted_out = !user.opted_out;
  if (user.opted_out) user.opted_out_at = now;
  edits_.push_back(fmt::format("UPDATE users SET opted_out_at = {} WHERE id = '{}'",
                               user.opted_out ? literal(std::optional{now}) : "NULL", user.id));
  user.note(now, user.opted_out ? "opts out" : "opts in");
  user.changed();
}

void ExternalWriters::user_writes(SimulatedUser& user, Instant now) {
  const Instant at = user.one_in(5) ? now - 3min : now;
  user.last_inbound = std::max(user.last_inbound.value_or(at), at);
  inbound_.push_back(fmt::format("('{}', 'user', 'hello?', 'inbound', 'received', {})", user.id,
                                 literal(std::optional{at})));
  user.note(now, "writes, as of " + format_instant(at));
  user.changed();
}

void ExternalWriters::insert(SimulatedUser& user, Message message, Instant now) {
  message.written_at = now;
  message.created_at = message.context_as_of = now;
  const bool is_part = !message.sequence.empty();
  inserts_.push_back(fmt::format(
      "('{}','{}','concierge_1','{}','{}',{},{},{},{},nullif('{}',''),nullif('{}',''),{},{},{})", message.id,
      user.id, message.has_content ? R"({"content": "Hello"})" : R"({"facts": 1})", to_text(message.priority),
      message.can_delay, message.requires_fresh_context, literal(std::optional{message.scheduled_for}),
      literal(message.expires_at), message.supersede_key, message.sequence,
      is_part ? std::to_string(message.position) : "NULL", is_part ? std::to_string(message.total) : "NULL",
      literal(std::optional{now})));
  user.note(now, "queued " + text_of(message));
  user.waiting.emplace(message.id, std::move(message));
  user.changed();
}

void ExternalWriters::flush() {
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
