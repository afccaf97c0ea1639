// Interfaces to the outside world. Implementations live in src/providers/ and src/inbound/, or in the program
// that links this library.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "orchestrator/inbound.hpp"
#include "orchestrator/rendering.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

// A message to be sent.
struct OutgoingMessage {
  MessageId id = {};  // of the row in `messages`
  UserId user = {};
  std::string phone_number = {};  // E.164; empty when the user has none
  std::string text = {};
  int attempt = 1;
  Instant claimed_at = {};                            // when this attempt began
  std::optional<std::chrono::seconds> validity = {};  // how long the provider may try; nullopt: its default
  std::optional<Instant> last_inbound_at = {};        // when the user last wrote
};

struct SendOutcome {
  enum class Kind {
    accepted,   // the provider accepted the message
    retryable,  // the provider did not process the message; it may be sent again
    permanent,  // will never succeed; see `error_code`
    unknown,    // the provider may or may not have accepted it; never sent again without a look-up
  };
  Kind kind = Kind::accepted;
  std::string provider_message_id = {};
  std::string error_code = {};
  std::optional<std::chrono::seconds> retry_after = {};  // of `retryable`, as the provider asks
  bool recipient_opted_out = false;                      // the recipient has unsubscribed at the provider
};

// The provider's answer about a message whose delivery outcome is unknown.
struct LookUpResult {
  bool has_answered = false;               // false: look up again later
  std::vector<DeliveryReport> found = {};  // every candidate; empty: the provider does not know the message
};

// Sends messages through a provider. Called from several threads at once, outside any transaction. An
// exception counts as `unknown`. After a stop request, calls return soon.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual SendOutcome send(const OutgoingMessage& message, const std::stop_token& stop) = 0;

  // `message` is what send() got. The default is for providers without a look-up: nothing is found.
  virtual LookUpResult look_up(const OutgoingMessage&, const std::stop_token&) {
    return {.has_answered = true};
  }

  virtual std::string provider() const = 0;  // as recorded in `messages.provider`
};

// Answers users' messages. Called from several threads at once, for different contacts, outside any
// transaction; the turn's lease is renewed during the call. An exception counts as a failed attempt. A turn
// is processed again, with a higher `attempt`, if the program ended during the call.
class AgentProcessor {
 public:
  virtual ~AgentProcessor() = default;
  virtual AgentAnswer process(const Turn& turn) = 0;
};

// Checks the relevance of messages and renders them. Called from several threads at once, for different
// messages, outside any transaction. Must return within a minute, or within about a second of a stop request.
// An exception counts as a failed attempt. A request is repeated if the program ended during the call.
class Renderer {
 public:
  virtual ~Renderer() = default;
  virtual RenderAnswer answer(const RenderRequest& request, const std::stop_token& stop) = 0;
};

}  // namespace orchestrator
