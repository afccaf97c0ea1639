#include <algorithm>
#include <functional>
#include <utility>

#include "policy/time_zone.hpp"

namespace orchestrator::policy {

namespace {

// Enough for any limit that a person may be given later.
constexpr std::size_t kMinKeptSends = 120;

int limit_in_force(const std::optional<int>& own, int fallback) {
  return own.has_value() && *own >= 0 ? *own : fallback;
}

}  // namespace

Limits limits_in_force(const UserFacts& facts, const RuleDefaults& defaults) {
  return {.cooldown = defaults.cooldown,
          .hourly = limit_in_force(facts.hourly_limit, defaults.hourly_limit),
          .daily = limit_in_force(facts.daily_limit, defaults.daily_limit),
          .quiet_hours = {.enabled = facts.quiet_hours_enabled.value_or(defaults.quiet_hours.enabled),
                          .start = facts.quiet_hours_start.value_or(defaults.quiet_hours.start),
                          .end = facts.quiet_hours_end.value_or(defaults.quiet_hours.end)},
          .active_window = defaults.active_window,
          .zone = zone_or_default(facts.timezone, defaults.timezone),
          .has_renderer = defaults.has_renderer};
}

std::optional<LlmQuestion> question_about(const QueuedMessage& message, const UserFacts& facts,
                                          const Limits& limits) {
  const bool can_be_said = message.has_content || message.sequence_id.empty();
  if (!limits.has_renderer || !can_be_said) return std::nullopt;
  const bool is_to_be_checked = message.requires_fresh_context && message.context_checks < kMostContextChecks;
  if (is_to_be_checked && facts.last_inbound_at && *facts.last_inbound_at > message.context_as_of) {
    return LlmQuestion::relevance;
  }
  if (!message.has_content) return LlmQuestion::rendering;
  return std::nullopt;
}

bool waits_for_answer(const QueuedMessage& message, const UserFacts& facts, const Limits& limits) {
  if (message.is_awaiting_llm) return true;
  const bool is_behind = facts.awaited_lane && *facts.awaited_lane <= message.priority;
  return is_behind && question_about(message, facts, limits);
}

bool is_active(Instant now, const UserFacts& facts, const Limits& limits) {
  const auto& inbound = facts.last_inbound_at;
  return inbound && *inbound <= now && now < *inbound + limits.active_window;
}

bool is_expired(Instant now, const QueuedMessage& message) {
  return message.expires_at && *message.expires_at <= now;
}

Instant unless_active(Instant from, Instant until, const UserFacts& facts, const Limits& limits) {
  if (!facts.last_inbound_at) return until;
  const Instant active_from = std::max(from, *facts.last_inbound_at);
  return is_active(active_from, facts, limits) ? std::min(active_from, until) : until;
}

Priority lane_at(Instant now, const QueuedMessage& message) {
  const bool has_aged = message.priority == Priority::low && now >= message.scheduled_for + kLongestHold;
  return has_aged ? Priority::medium : message.priority;
}

Instant after_low_lane(Instant from, Instant look, const QueuedMessage& message) {
  if (message.priority != Priority::low || !message.can_delay) return from;
  return std::max(from, std::min(look + kLowLaneDelay, message.scheduled_for + kLongestHold));
}

Instant after_cooldown(Instant from, const UserFacts& facts, const Limits& limits) {
  if (!facts.last_outbound_at) return from;
  return std::max(from, *facts.last_outbound_at + limits.cooldown);
}

Instant after_hourly_limit(Instant from, const UserFacts& facts, const Limits& limits) {
  const auto limit = static_cast<std::size_t>(std::max(limits.hourly, 0));
  if (limit == 0 || facts.recent_sends.size() < limit) return from;
  // Fewer than `limit` sends count once the limit-th newest of them is an hour old.
  std::vector<Instant> sends = facts.recent_sends;
  const auto decisive = sends.begin() + static_cast<std::ptrdiff_t>(limit - 1);
  std::ranges::nth_element(sends, decisive, std::greater{});
  const Instant passes_at = *decisive + kHourlyWindow;
  return passes_at <= from ? from : unless_active(from, passes_at, facts, limits);
}

Instant after_daily_limit(Instant from, const UserFacts& facts, const Limits& limits) {
  if (limits.daily <= 0 || facts.sent_on_date < limits.daily || !facts.counted_date) return from;
  if (*facts.counted_date < local_date(from, limits.zone)) return from;
  return end_of_date(*facts.counted_date, from, limits.zone);
}

Instant after_quiet_hours(Instant from, const UserFacts& facts, const Limits& limits) {
  const auto quiet = quiet_interval(from, limits.quiet_hours, limits.zone);
  return quiet ? unless_active(from, quiet->end, facts, limits) : from;
}

UserFacts with_count_as_of(Instant now, UserFacts facts, const Limits& limits) {
  const bool is_clock_behind = facts.last_outbound_at && now < *facts.last_outbound_at;
  if (facts.counted_date && !is_clock_behind) {
    facts.counted_date = std::min(*facts.counted_date, local_date(now, limits.zone));
  }
  return facts;
}

UserFacts after_sending(Instant now, UserFacts facts, const Limits& limits) {
  facts = with_count_as_of(now, std::move(facts), limits);
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
