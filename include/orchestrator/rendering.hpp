// What an LLM is asked about a message before it is sent, and what it answers. Values only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

// A text that a user wrote.
struct InboundText {
  Instant at;
  std::string text;
};

struct RenderRequest {
  LlmQuestion question = LlmQuestion::relevance;
  MessageId id = {};  // of the row in `message_queue`; of a sequence, its first part
  UserId user = {};
  AgentId agent = {};
  std::string text = {};   // what the user would read; empty: not rendered yet
  std::string data = {};   // messageData, a JSON object, serialised
  Instant queued_at = {};  // when the agent scheduled the message
  std::vector<InboundText> inbound_texts =
      {};                      // the latest texts by the user since `queued_at`, oldest first
  Instant context_as_of = {};  // not earlier than any of `inbound_texts`
  int attempt = 1;
};

// What an LLM call cost; failed calls may cost as well.
struct RenderUsage {
  std::string model = {};  // empty: the call returned no answer
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  double cost_usd = 0;
};

struct RenderAnswer {
  enum class Kind {
    relevant,    // the message fits
    contextual,  // it fits, but another wording would fit better; it is sent unchanged
    stale,       // it no longer fits
    rendered,    // `text` is what the user will read
    retry,       // this attempt failed; the next one starts no sooner than after `retry_after`
    refused,     // no attempt will succeed
  };
  Kind kind = Kind::retry;
  std::string text = {};
  std::string explanation = {};                          // for the log: the LLM's reason, or the error
  std::optional<std::chrono::seconds> retry_after = {};  // as the provider asks
  bool is_overloaded = false;  // the provider is overloaded: delay requests about other messages as well
  RenderUsage usage = {};
};

// One lease, identified by its fencing token: a verdict recorded under another token changes nothing.
struct RenderLease {
  std::string token;  // a UUID
  Instant until;
};

// What happens to a message after an LLM call.
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
  std::string outcome = {};  // e.g. "relevant"
  std::string explanation = {};
  RenderUsage usage = {};
  std::chrono::milliseconds latency{};
};

// A message that the LLM found stale: its agent may write a better one.
struct ReformulationRequest {
  std::string id = {};  // a UUID; ascending in the order of creation
  MessageId message = {};
  UserId user = {};
  AgentId agent = {};
  std::string conversation_id = {};             // "" for none
  std::string original = {};                    // the text that was not sent; "" if it was not rendered
  std::string data = {};                        // messageData, a JSON object, serialised
  std::vector<InboundText> inbound_texts = {};  // as in RenderRequest
  std::string explanation = {};                 // the LLM's reason
  Instant created_at = {};
};

}  // namespace orchestrator
