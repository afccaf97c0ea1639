// The delivery of a message from `messages` to a provider: it is claimed under a lease, checked, sent,
// recorded, and looked up if the outcome is unknown. Values only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/ports.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator {

// One lease, identified by its fencing token: a result recorded under another token changes nothing.
struct DeliveryLease {
  std::string token = {};  // a UUID
  Instant until = {};
};

struct DeliveryClaim {
  DeliveryLease lease = {};
  std::string provider = {};
  std::size_t limit = 1;  // messages
  Instant now = {};
};

// A message that could be sent, with the facts for its last check, read while the message is locked.
struct PendingMessage {
  OutgoingMessage message = {};
  UserFacts facts = {};      // default values for an unknown user
  bool is_scheduled = true;  // neither a reply nor a confirmation of an opt-out or opt-in
  bool is_consent = false;
  std::optional<Instant> expires_at = {};
};

// The result of the last check of a pending message, just before it is sent.
struct LastCheck {
  enum class Verdict { send, wait, fail };
  Verdict verdict = Verdict::send;
  std::optional<std::chrono::seconds> validity = {};  // send: how long the provider may try
  std::optional<Instant> until = {};                  // wait: the end of quiet hours
  std::string error_code = {};                        // fail
};

struct ClaimedMessages {
  std::vector<OutgoingMessage> messages = {};  // leased, oldest first, at most one for each user
  bool may_be_more = false;                    // some were checked and not sent: claim again
};

// A part of a provider's send rate, which no other instance has.
struct RateRequest {
  std::string provider = {};
  Duration interval = {};    // of one message
  std::size_t messages = 1;  // at most
  Duration slack = {};       // how far before now it may begin, if that time is not leased
  Instant now = {};
};
struct RateLease {
  Instant from = {};         // one message at a time, an interval after the other, from then on
  std::size_t messages = 0;  // 0: none can be sent now, so nothing is leased
};

// None: nothing of this kind waits.
struct DeliverySchedule {
  std::optional<Instant> send_at = {};     // when the next of the messages that wait may be sent; after now
  std::optional<Instant> look_up_at = {};  // when the next message is looked up at the provider
  std::optional<Instant> expiry_at = {};   // when the next lease expires
};

// The outcome of an attempt under a lease.
struct AttemptResult {
  MessageId id = {};
  UserId user = {};
  std::string token = {};  // of the lease
  SendOutcome outcome = {};
  // Retryable: the next attempt; none: the message fails. Unknown: the first look-up at the provider.
  std::optional<Instant> next_attempt_at = {};
};

// A message whose delivery outcome is unknown. `message.claimed_at` is when it was attempted.
struct UnsettledMessage {
  OutgoingMessage message = {};
  int look_ups = 0;  // including the current one
};

// What a look-up at the provider found about an unsettled message.
struct SettlementFacts {
  std::vector<DeliveryReport> found = {};       // every message at the provider that may be this one
  std::optional<Instant> next_look_up_at = {};  // if it stays open; none: only a report can settle it
  bool may_resend = false;                      // once, if nothing was found
};

enum class Settlement { settled, resent, open };

}  // namespace orchestrator
