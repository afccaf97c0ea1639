// low_priority_busy: while the queue is busy, low messages that can be delayed wait for kDelay, then the
// queue is evaluated again. It is busy if a message of a higher lane is due for the same user and stays in
// the queue, or if more users are due than BUSY_THRESHOLD. The delay is counted from the evaluation, not from
// scheduled_for, so that a low message that becomes due meanwhile does not overtake those that are delayed.
// After kMaxDelay a low message is served in the medium lane. An active user changes nothing.
#include <algorithm>

#include "policy/lane.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

constexpr std::chrono::minutes kDelay{5};

Instant passes_at(Instant from, const RuleInput& input) {
  const QueuedMessage& message = input.message;
  const bool is_busy = input.facts.queue_is_busy || input.is_higher_lane_due;
  if (!is_busy || message.priority != Priority::low || !message.can_delay) return from;
  return std::max(from, std::min(input.now + kDelay, message.scheduled_for + kMaxDelay));
}

std::string explanation(const RuleInput& input) {
  const QueuedMessage& message = input.message;
  if (message.priority != Priority::low) return "only low messages wait while the queue is busy";
  if (!message.can_delay) return "the message cannot be delayed";
  if (lane_at(input.now, message) != Priority::low) return "aged into the medium lane after 24 hours";
  if (input.is_higher_lane_due) return "a message of a higher lane is due, next evaluation in 5 min";
  if (input.facts.queue_is_busy) return "too many users are due, next evaluation in 5 min";
  return "the queue is not busy";
}

}  // namespace

constinit const Rule kLowPriorityBusy{"low_priority_busy", Reason::low_priority_busy, passes_at, explanation};

}  // namespace orchestrator::policy
