// awaiting_render: a message that the LLM must check or render waits for the answer. The instant of the
// answer is unknown; it triggers the next evaluation. An active user changes nothing.
#include "policy/rules/awaiting_render.hpp"

#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

Instant passes_at(Instant from, const RuleInput& input) {
  return waits_for_llm(input.message, input.facts, input.limits) ? kNever : from;
}

std::string explanation(const RuleInput& input) {
  if (input.message.is_awaiting_llm) return "the LLM has been asked and has not answered yet";
  const auto question = question_about(input.message, input.facts, input.limits);
  if (!question) return "there is no question for the LLM";
  if (waits_for_llm(input.message, input.facts, input.limits)) {
    return "the LLM is asked about this message after it has answered about another one";
  }
  switch (*question) {
    case LlmQuestion::relevance:
      return "the user has written since: once every other rule passes, the LLM is asked whether it still "
             "fits";
    case LlmQuestion::rendering:
      return "there is no text yet: once every other rule passes, the LLM is asked to write it";
  }
  return "";
}

}  // namespace

constinit const Rule kAwaitingRender{"awaiting_render", Reason::awaiting_render, passes_at, explanation};

std::optional<LlmQuestion> question_about(const QueuedMessage& message, const UserFacts& facts,
                                          const Limits& limits) {
  const bool is_sendable = message.has_content || message.sequence_id.empty();
  if (!limits.has_renderer || !is_sendable) return std::nullopt;
  const bool needs_check = message.requires_fresh_context && message.context_checks < kMaxContextChecks;
  if (needs_check && facts.last_inbound_at && *facts.last_inbound_at > message.context_as_of) {
    return LlmQuestion::relevance;
  }
  if (!message.has_content) return LlmQuestion::rendering;
  return std::nullopt;
}

bool waits_for_llm(const QueuedMessage& message, const UserFacts& facts, const Limits& limits) {
  if (message.is_awaiting_llm) return true;
  const bool is_behind = facts.awaited_lane && *facts.awaited_lane <= message.priority;
  return is_behind && question_about(message, facts, limits);
}

}  // namespace orchestrator::policy
