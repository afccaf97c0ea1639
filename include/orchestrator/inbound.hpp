// What people write, and the turns in which their agent answers it. Values only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

// One message that a person wrote, validated.
struct IncomingMessage {
  std::string contact_id = {};                   // as the gateway names the person: a phone number, or an id
  std::optional<std::string> phone_number = {};  // E.164, when the contact id is one
  std::string text = {};
  std::string type = "text";                    // or "image", "audio", …, as the gateway says
  std::optional<std::string> provider_id = {};  // the gateway's id of the message; repeats have the same
  std::optional<Instant> written_at = {};       // as the gateway says; shown to the agent, never decided by
  std::string metadata = "{}";                  // a JSON object, serialised
  std::string content_hash = {};                // SHA-256 of what it says, without timestamps, hex
  bool gateway_answers_consent = false;         // STOP and START are confirmed by the gateway itself
};

// A message, and whether it is a word of consent.
struct Arrival {
  enum class Consent { none, stop, start } consent = Consent::none;
  IncomingMessage message;
};

// What became of it.
struct Receipt {
  enum class Kind {
    queued,     // has its place in the contact's line
    duplicate,  // came before, as `duplicate_of`; never shown to the agent
    opted_out,  // a word such as STOP: obeyed, not shown to the agent
    opted_in,   // a word such as START from somebody who had opted out: likewise
  };
  Kind kind = Kind::queued;
  MessageId id = {};  // of the row in `messages`; of a duplicate, the first one's
  UserId user = {};
  std::size_t dropped = 0;      // older messages of the contact that gave way, the line being full
  bool frees_messages = false;  // something that was scheduled waits for this person, and is looked at anew
};

// A batch of one contact's messages, leased to an agent.
struct Turn {
  struct Message {
    MessageId id;
    std::optional<std::string> provider_id;
    std::string text;
    std::string type;
    Instant written_at;    // as the gateway said, else when it was received
    std::string metadata;  // a JSON object, serialised
  };

  std::string id = {};     // a UUID
  std::string token = {};  // fences this attempt: who answers with another changes nothing
  std::string contact_id = {};
  UserId user = {};
  int attempt = 1;
  Instant lease_until = {};
  std::vector<Message> messages = {};  // in the order in which they came
};

// What the agent makes of a turn.
struct AgentAnswer {
  bool success = false;
  std::string response = {};  // for the person; empty: nothing to say
  std::string error = {};     // for the log, unless success
  std::string agent = {};     // who answers; empty: the agent
};

enum class TurnOutcome {
  done,      // the answer is recorded, now or by an earlier call with the same token
  retrying,  // the attempt has failed; another follows
  failed,    // the last attempt has failed
  stale,     // another attempt has begun, or the turn has ended: nothing was changed
  unknown,   // no such turn exists
};

// How storage recorded an agent's answer.
struct TurnResult {
  TurnOutcome outcome = TurnOutcome::unknown;
  std::optional<MessageId> reply = {};  // of the row in `messages`
  bool reply_is_repeated = false;       // the same reply was sent moments ago, and is not sent again
  bool reply_is_withheld = false;       // the user has opted out
};

// What a provider tells about a message that it was given.
struct DeliveryReport {
  enum class Status { sent, delivered, undelivered, failed };
  std::string provider = {};  // as in `messages.provider`
  std::string provider_message_id = {};
  std::optional<MessageId> message = {};  // of the row in `messages`, when the callback names it
  Status status = Status::sent;
  std::string error_code = {};
};

}  // namespace orchestrator
