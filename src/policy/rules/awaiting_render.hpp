#pragma once

#include <optional>

#include "policy/limits.hpp"

namespace orchestrator::policy {

// The LLM is asked about a message's relevance this many times at most, so that a user who keeps writing does
// not delay the message for ever.
inline constexpr int kMaxContextChecks = 3;

// What the LLM must be asked before the message may be sent; nullopt if nothing, or if no LLM is configured.
// If both questions apply, relevance comes first. A sequence is never rendered.
std::optional<LlmQuestion> question_about(const QueuedMessage& message, const UserFacts& facts,
                                          const Limits& limits);

// Whether the message waits for an answer of the LLM: about itself, or, if it has a question as well, about
// another message of the user in the same or a higher lane. The LLM is asked about one message of a user at a
// time: each is asked about when it could be sent otherwise, and they keep their order.
bool waits_for_llm(const QueuedMessage& message, const UserFacts& facts, const Limits& limits);

}  // namespace orchestrator::policy
