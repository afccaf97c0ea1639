#include <algorithm>
#include <utility>

#include "policy/policy.hpp"

namespace orchestrator::policy {

namespace {

using Outcome = Prediction::Outcome;

constexpr int kMaxPasses = 1000;

bool contains(const std::vector<MessageId>& ids, const MessageId& id) {
  return std::ranges::find(ids, id) != ids.end();
}

// The outcome of one message under a plan; nullopt: it stays in the queue.
std::optional<Outcome> outcome_of(const MessageId& id, const Plan& plan) {
  if (plan.cancel_all) return Outcome::cancelled;
  if (plan.promote == id) return Outcome::sent;
  if (contains(plan.expire, id)) return Outcome::expired;
  if (contains(plan.fail, id)) return Outcome::failed;
  return std::nullopt;
}

// Applies the assumed answers of the LLM: immediate, and positive.
void apply_llm_answers(const Plan& plan, std::vector<QueuedMessage>& waiting) {
  for (const auto& [id, question] : plan.ask) {
    QueuedMessage& message = *std::ranges::find(waiting, id, &QueuedMessage::id);
    switch (question) {
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

std::optional<Prediction> predict(Instant now, const MessageId& target, UserQueue queue, UserFacts facts,
                                  const Limits& limits) {
  const auto found = std::ranges::find(queue.messages, target, &QueuedMessage::id);
  if (found == queue.messages.end()) return std::nullopt;
  const std::optional<Instant> expires_at = found->expires_at;

  Prediction prediction{.at = now};
  for (int pass = 0; pass < kMaxPasses; ++pass) {
    Plan plan = plan_user(prediction.at, queue, facts, limits);
    if (const auto outcome = outcome_of(target, plan)) {
      prediction.outcome = *outcome;
      // A message expires at its expires_at, whether or not a pass runs at that instant.
      if (outcome == Outcome::expired) prediction.at = std::max(now, *expires_at);
      return prediction;
    }
    if (plan.promote) ++prediction.sent_before;
    std::erase_if(queue.messages,
                  [&](const QueuedMessage& message) { return outcome_of(message.id, plan).has_value(); });
    // If no pass is planned, the next event is the expiry of the target.
    const auto next = plan.next_attempt_at ? plan.next_attempt_at : expires_at;
    const bool was_llm_asked = !plan.ask.empty();
    if (!next && !was_llm_asked) return std::nullopt;
    apply_llm_answers(plan, queue.messages);
    if (!was_llm_asked) prediction.at = *next;
    const auto awaited_lane = facts.awaited_lane;
    facts = std::move(plan.facts);
    facts.awaited_lane = awaited_lane;
    facts.queue_is_busy = false;
  }
  return std::nullopt;
}

}  // namespace orchestrator::policy
