#include "delivery/send_rate.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace orchestrator::delivery {
namespace {

// How much of the rate is leased at a time. It also bounds how long another instance with a single message
// waits.
constexpr std::chrono::milliseconds kLeaseSpan{250};

// Unused time of the rate that may be made up for at once.
constexpr std::chrono::milliseconds kSlack{100};

// A lease that was taken later than this after now was taken before the clock was set back.
constexpr std::chrono::seconds kClockSlack{1};

}  // namespace

SendRate::SendRate(storage::DeliveryStore& store, std::string provider, std::int64_t messages_per_second)
    : store_(store),
      provider_(std::move(provider)),
      is_limited_(messages_per_second > 0),
      interval_(Duration{std::chrono::seconds{1}} / std::max<std::int64_t>(messages_per_second, 1)) {}

bool SendRate::needs_lease(Instant now) const {
  return left_ == 0 || now >= ends_at_ + kSlack || leased_at_ > now + kClockSlack;
}

void SendRate::lease(Instant now) {
  const auto messages = static_cast<std::size_t>(std::max<std::int64_t>(kLeaseSpan / interval_, 1));
  const RateLease leased = store_.lease_rate(
      {.provider = provider_, .interval = interval_, .messages = messages, .slack = kSlack, .now = now});
  next_ = leased.from;
  left_ = leased.messages;
  ends_at_ = leased.from + interval_ * static_cast<std::int64_t>(leased.messages);
  leased_at_ = now;
}

std::size_t SendRate::allows(std::size_t wanted, Instant now) {
  if (!is_limited_) return wanted;
  if (needs_lease(now)) lease(now);
  next_ = std::max(next_, now - kSlack);
  if (left_ == 0 || next_ > now) return 0;
  return std::min({wanted, left_, static_cast<std::size_t>((now - next_) / interval_) + 1});
}

void SendRate::spend(std::size_t messages) {
  if (!is_limited_) return;
  next_ += interval_ * static_cast<std::int64_t>(messages);
  left_ -= messages;
}

std::optional<Instant> SendRate::next_at() const {
  if (left_ == 0) return std::nullopt;
  return next_;
}

}  // namespace orchestrator::delivery
