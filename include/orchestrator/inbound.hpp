// What users write, and the turns in which agents answer it. Values only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

// What a message says about the messages that the user gets.
enum class Consent { none, stop, start };

// One validated message that a user wrote.
struct IncomingMessage {
  std::string contact_id = {};                   // the gateway's name for the user: a phone number, or an id
  std::optional<std::string> phone_number = {};  // E.164, if the contact id is one
  std::string text = {};
  std::string type = "text";                    // or "image", "audio", …, as the gateway reports it
  std::optional<std::string> provider_id = {};  // the gateway's id of the message; equal in retransmissions
  std::optional<Instant> written_at = {};       // as the gateway reports it; shown to the agent only
  std::string metadata = "{}";                  // a JSON object, serialised
  std::string content_hash = {};                // SHA-256 of the content without timestamps, hex
  // What the gateway itself has understood and confirmed, whatever the words; `none`: a request for help.
  std::optional<Consent> gateway_consent = {};
};

// An incoming message, classified.
struct Arrival {
  Consent consent = Consent::none;
  IncomingMessage message;
};

// The outcome of receiving an IncomingMessage.
struct Receipt {
  enum class Kind {
    queued,     // added to the contact's backlog
    duplicate,  // repeats the message `id`; never shown to the agent
    opted_out,  // a keyword such as STOP: the user is opted out, the agent does not see it
    opted_in,   // a keyword such as START from an opted-out user: likewise
  };
  Kind kind = Kind::queued;
  MessageId id = {};  // of the row in `messages`; of a duplicate, the first message's
  UserId user = {};
  std::size_t dropped = 0;   // older messages of the contact dropped from its full backlog
  bool wakes_queue = false;  // the user has scheduled messages, which are to be re-evaluated now
};

// A batch of one contact's messages, leased to an agent.
struct Turn {
  struct Message {
    MessageId id;
    std::optional<std::string> provider_id;
    std::string text;
    std::string type;
    Instant written_at;    // as the gateway reported it, otherwise when it was received
    std::string metadata;  // a JSON object, serialised
  };

  std::string id = {};     // a UUID
  std::string token = {};  // the fencing token of this attempt: an answer with another token has no effect
  std::string contact_id = {};
  UserId user = {};
  int attempt = 1;
  Instant lease_until = {};
  std::vector<Message> messages = {};  // in the order of receipt
};

// An agent's answer to a turn.
struct AgentAnswer {
  bool success = false;
  std::string response = {};  // for the user; empty: no reply
  std::string error = {};     // for the log, unless success
  std::string agent = {};     // the name of the agent that answers; empty: the default
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

// A provider's report about a message that it accepted.
struct DeliveryReport {
  enum class Status { sent, delivered, undelivered, failed };
  std::string provider = {};  // as in `messages.provider`
  std::string provider_message_id = {};
  std::optional<MessageId> message = {};  // of the row in `messages`, if the callback names it
  Status status = Status::sent;
  std::string error_code = {};
  bool recipient_opted_out = false;  // the recipient has unsubscribed at the provider
};

}  // namespace orchestrator
