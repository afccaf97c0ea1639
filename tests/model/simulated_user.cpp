#include "model/simulated_user.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orchestrator::model {

namespace {

template <class T>
std::string text_of_number(const std::optional<T>& number) {
  return number ? fmt::format("{}", *number) : "default";
}

std::string text_of_time(const std::optional<TimeOfDay>& time) {
  if (!time) return "default";
  const auto minutes = std::chrono::floor<std::chrono::minutes>(*time).count();
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

}  // namespace

std::vector<Entry> queue_of(const SimulatedUser& user) {
  std::vector<Entry> queue;
  std::map<std::string, Entry> sequences;
  for (const auto& [id, message] : user.waiting) {
    if (message.sequence.empty()) {
      queue.push_back({message, 1});
      continue;
    }
    const auto [found, is_new] = sequences.try_emplace(message.sequence, Entry{message, 1});
    if (is_new) continue;
    Entry& entry = found->second;
    const auto expires = [](const Message& m) { return m.expires_at.value_or(Instant::max()); };
    const Instant first_to_expire = std::min(expires(entry.head), expires(message));
    const bool has_content = entry.head.has_content && message.has_content;
    if (message.position < entry.head.position) entry.head = message;
    if (first_to_expire != Instant::max()) entry.head.expires_at = first_to_expire;
    entry.head.has_content = has_content;
    ++entry.parts;
  }
  for (auto& [name, entry] : sequences) queue.push_back(std::move(entry));
  return queue;
}

std::string text_of(const Message& m) {
  std::string text = fmt::format("{} {} at {}", m.id, to_text(m.priority), format_instant(m.scheduled_for));
  if (m.expires_at) text += " until " + format_instant(*m.expires_at);
  if (!m.can_delay) text += " not to be delayed";
  if (!m.has_content) text += " without content";
  if (m.requires_fresh_context) text += " if it fits";
  if (!m.awaiting.empty()) text += " awaiting " + m.awaiting;
  if (!m.supersede_key.empty()) text += " superseding " + m.supersede_key;
  if (!m.sequence.empty()) text += fmt::format(" part {}/{} of {}", m.position, m.total, m.sequence);
  return text;
}

std::string text_of(const Settings& s) {
  std::string text =
      fmt::format("zone {}, quiet {} to {} ({}), at most {} an hour and {} a day", s.zone.value_or("none"),
                  text_of_time(s.quiet_start), text_of_time(s.quiet_end),
                  s.quiet_enabled ? (*s.quiet_enabled ? "on" : "off") : "default",
                  text_of_number(s.hourly_limit), text_of_number(s.daily_limit));
  if (s.pattern) {
    text += fmt::format(", best hours {} days {}", s.pattern->best_hours.to_string(),
                        s.pattern->preferred_days.to_string());
  }
  return text;
}

}  // namespace orchestrator::model
