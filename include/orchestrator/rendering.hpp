// What an LLM is asked about a message before it goes, and what it answers. Values only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

// Something that a person wrote.
struct Said {
  Instant at;
  std::string text;
};

struct RenderRequest {
  LlmQuestion question = LlmQuestion::relevance;
  MessageId id = {};  // of the row in `message_queue`; of a sequence, its first part
  UserId user = {};
  AgentId agent = {};
  std::string text = {};        // what the person would read; empty: it is not rendered yet
  std::string data = {};        // messageData, a JSON object, serialised
  Instant queued_at = {};       // when the agent handed it over
  std::vector<Said> said = {};  // by the person since then, oldest first; the latest, if they are many
  Instant context_as_of = {};   // no earlier than anything in `said`
  int attempt = 1;
};

// What a call cost, also one that failed.
struct RenderUsage {
  std::string model = {};  // empty: no answer came
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  double cost_usd = 0;
};

struct RenderAnswer {
  enum class Kind {
    relevant,    // it fits as it is
    contextual,  // it fits, though other words would fit better; it goes as it is
    stale,       // it does not fit any longer
    rendered,    // `text` is what the person will read
    retry,       // no answer this time; not before `retry_after`
    refused,     // no answer, however often it is asked
  };
  Kind kind = Kind::retry;
  std::string text = {};
  std::string explanation = {};                          // for the log: the LLM's reason, or what went wrong
  std::optional<std::chrono::seconds> retry_after = {};  // as the provider says
  bool is_overloaded = false;                            // everybody should ask less, not only about this one
  RenderUsage usage = {};
};

// One lease, identified by its fencing token: a verdict recorded under another token changes nothing.
struct RenderLease {
  std::string token;  // a UUID
  Instant until;
};

// What happens to a message after the LLM has answered, or failed to.
struct RenderVerdict {
  enum class Kind {
    approve,    // returns to the queue; `text`, unless empty, becomes its final text
    supersede,  // reason stale_context, with all parts of its sequence; the agent is asked for a better one
    fail,       // reason render_failed
    retry,      // asked again from `retry_at`
  };
  Kind kind = Kind::retry;
  std::string text = {};
  Instant retry_at = {};
  // For the log.
  std::string action = {};   // agent_actions_log.action_type
  std::string outcome = {};  // a word
  std::string explanation = {};
  RenderUsage usage = {};
  std::chrono::milliseconds latency{};
};

// A message that the person's own words have overtaken: its agent may write a better one.
struct ReformulationRequest {
  std::string id = {};  // a UUID, in the order in which they came
  MessageId message = {};
  UserId user = {};
  AgentId agent = {};
  std::string conversation_id = {};  // "" for none
  std::string original = {};         // what would have been said; "" when it was not rendered
  std::string data = {};             // messageData, a JSON object, serialised
  std::vector<Said> said = {};
  std::string explanation = {};  // the LLM's
  Instant created_at = {};
};

}  // namespace orchestrator
