// The ports through which the network enters. Implementations live in src/delivery/, src/inbound/ and
// src/llm/, or in the program that links this library.
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

// A message on its way to a person.
struct OutgoingMessage {
  MessageId id = {};  // of the row in `messages`
  UserId user = {};
  std::string phone_number = {};  // E.164; empty when the user has none
  std::string text = {};
  int attempt = 1;
  Instant claimed_at = {};                            // when this attempt began
  std::optional<std::chrono::seconds> validity = {};  // the provider may try for so long; none: as it likes
  std::optional<Instant> last_inbound_at = {};        // when the person wrote last
};

struct SendOutcome {
  enum class Kind {
    accepted,   // the provider has it
    retryable,  // it has not been processed and may be sent again
    permanent,  // will never succeed; `error_code` says why
    unknown,    // may or may not have gone; never sent again blindly
  };
  Kind kind = Kind::accepted;
  std::string provider_message_id = {};
  std::string error_code = {};
  std::optional<std::chrono::seconds> retry_after = {};  // of a retryable one, as the provider asks
};

// What the provider says of a message whose fate is unknown.
struct LookUp {
  bool has_answered = false;               // otherwise it has to be asked again
  std::vector<DeliveryReport> found = {};  // all that may be it; empty: nothing is known of it
};

// Hands messages to a provider. Called from several threads at once, outside any transaction. An exception
// counts as unknown. When a stop is asked for, calls return soon.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual SendOutcome send(const OutgoingMessage& message, const std::stop_token& stop) = 0;

  // `message` as it was sent. A provider that cannot be asked knows of nothing.
  virtual LookUp look_up(const OutgoingMessage&, const std::stop_token&) { return {.has_answered = true}; }

  virtual std::string provider() const = 0;  // as recorded in `messages.provider`
};

// Answers what people write. Called from several threads at once, for different contacts, outside any
// transaction; the turn's lease is renewed while it takes. An exception counts as a failed try. A turn may
// come again (its attempt is then higher) when this program ended in the middle.
class AgentProcessor {
 public:
  virtual ~AgentProcessor() = default;
  virtual AgentAnswer process(const Turn& turn) = 0;
};

// Judges and renders messages. Called from several threads at once, for different messages, outside any
// transaction. Returns within a minute, or about a second after a stop is asked for. An exception counts as
// a failed try. A message may come again when this program ended in the middle.
class Renderer {
 public:
  virtual ~Renderer() = default;
  virtual RenderAnswer answer(const RenderRequest& request, const std::stop_token& stop) = 0;
};

}  // namespace orchestrator
