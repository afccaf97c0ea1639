#include <algorithm>
#include <utility>

#include "policy/policy.hpp"

namespace orchestrator::policy {

namespace {

using Outcome = Prediction::Outcome;

constexpr int kMaxLooks = 1000;

bool contains(const std::vector<MessageId>& ids, const MessageId& id) {
  return std::ranges::find(ids, id) != ids.end();
}

// What a plan makes of one message; none: it stays.
std::optional<Outcome> outcome_of(const MessageId& id, const Plan& plan) {
  if (plan.cancel_all) return Outcome::cancelled;
  if (plan.promote == id) return Outcome::sent;
  if (contains(plan.expire, id)) return Outcome::expired;
  if (contains(plan.fail, id)) return Outcome::failed;
  return std::nullopt;
}

// The answers come at once, and approve.
void answer(const Plan& plan, std::vector<QueuedMessage>& waiting) {
  for (const Plan::MessageQuestion& inquiry : plan.ask) {
    QueuedMessage& message = *std::ranges::find(waiting, inquiry.message, &QueuedMessage::id);
    switch (inquiry.question) {
      case LlmQuestion::relevance:
        message.context_as_of = *plan.facts.last_inbound_at;
        break;
      case LlmQuestion::rendering:
        message.has_content = true;
        break;
    }
  }
}

}  // namespace

std::optional<Prediction> predict(Instant now, const MessageId& target, UserQueue line, UserFacts facts,
                                  const Limits& limits) {
  const auto found = std::ranges::find(line.messages, target, &QueuedMessage::id);
  if (found == line.messages.end()) return std::nullopt;
  const std::optional<Instant> expires_at = found->expires_at;

  Prediction prediction{.at = now};
  for (int look = 0; look < kMaxLooks; ++look) {
    Plan plan = plan_user(prediction.at, line, facts, limits);
    if (const auto outcome = outcome_of(target, plan)) {
      prediction.outcome = *outcome;
      // Messages expire on time, looked at or not.
      if (outcome == Outcome::expired) prediction.at = std::max(now, *expires_at);
      return prediction;
    }
    if (plan.promote) ++prediction.sent_before;
    std::erase_if(line.messages,
                  [&](const QueuedMessage& message) { return outcome_of(message.id, plan).has_value(); });
    // With nothing else to wait for, the next thing that happens is that the target expires.
    const auto next = plan.next_attempt_at ? plan.next_attempt_at : expires_at;
    const bool is_answered = !plan.ask.empty();
    if (!next && !is_answered) return std::nullopt;
    answer(plan, line.messages);
    if (!is_answered) prediction.at = *next;
    const auto awaited_lane = facts.awaited_lane;
    facts = std::move(plan.facts);
    facts.awaited_lane = awaited_lane;
    facts.queue_is_busy = false;
  }
  return std::nullopt;
}

}  // namespace orchestrator::policy
