#include "delivery/attempts.hpp"

#include <algorithm>
#include <array>

#include "policy/limits.hpp"
#include "policy/quiet_interval.hpp"
#include "policy/rules/quiet_hours.hpp"

namespace orchestrator::delivery {
namespace {

using std::chrono::seconds;

constexpr std::array kRetryDelays = {seconds{1}, seconds{2}, seconds{4}};
constexpr seconds kMaxRetryAfter{300};
constexpr std::array kLookUpDelays = {seconds{2}, seconds{10}, seconds{60}};

template <std::size_t size>
std::optional<Duration> at(const std::array<seconds, size>& delays, int index) {
  if (index < 0 || static_cast<std::size_t>(index) >= size) return std::nullopt;
  return delays[static_cast<std::size_t>(index)];
}

LastCheck failed(std::string_view code) {
  return {.verdict = LastCheck::Verdict::fail, .error_code = std::string(code)};
}

std::optional<seconds> validity_until(std::optional<Instant> end, Instant now) {
  if (!end) return std::nullopt;
  return std::max(seconds{1}, std::chrono::floor<seconds>(*end - now));
}

}  // namespace

std::optional<Duration> retry_delay(const SendOutcome& outcome, int attempt) {
  const auto delay = at(kRetryDelays, attempt - 1);
  if (!delay || !outcome.retry_after) return delay;
  return std::max<Duration>(*delay, std::min(*outcome.retry_after, kMaxRetryAfter));
}

std::optional<Duration> look_up_delay(int look_ups) { return at(kLookUpDelays, look_ups); }

LastCheck last_check(const PendingMessage& pending, const RuleDefaults& defaults, Instant now) {
  if (pending.facts.opted_out && !pending.is_consent) return failed(to_text(Reason::opted_out));
  if (pending.expires_at && *pending.expires_at <= now) return failed(to_text(Reason::expired));
  std::optional<Instant> end = pending.expires_at;
  if (pending.is_scheduled) {
    const policy::Limits limits = policy::limits_in_force(pending.facts, defaults);
    const Instant passes_at = policy::quiet_hours_pass_at(now, pending.facts, limits);
    if (passes_at > now) return {.verdict = LastCheck::Verdict::wait, .until = passes_at};
    const auto quiet = policy::next_quiet_start(now, limits.quiet_hours, limits.zone);
    if (quiet && (!end || *quiet < *end)) end = quiet;
  }
  return {.verdict = LastCheck::Verdict::send, .validity = validity_until(end, now)};
}

}  // namespace orchestrator::delivery
