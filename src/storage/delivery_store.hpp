// Messages on their way from `messages` to a provider: leased, sent by the caller outside any transaction,
// then recorded; and what providers tell of them later.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/ports.hpp"
#include "orchestrator/rules.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// The fencing token of one lease: whoever records with another changes nothing.
struct DeliveryLease {
  std::string token = {};  // a UUID
  Instant until = {};
};

// A message that could be sent, with what its last check needs, read under the lock of its person's line.
struct PendingMessage {
  OutgoingMessage message = {};
  UserFacts facts = {};      // of somebody unknown: none
  bool is_scheduled = true;  // neither a reply nor a confirmation of an opt-out or opt-in
  bool is_consent = false;
  std::optional<Instant> expires_at = {};
};

// What the last check says of a pending message.
struct LastCheck {
  enum class Verdict { send, wait, fail };
  Verdict verdict = Verdict::send;
  std::optional<std::chrono::seconds> validity = {};  // of one that is sent
  std::optional<Instant> until = {};                  // of one that waits for the end of quiet hours
  std::string error_code = {};                        // of one that fails
};

struct DeliveryClaim {
  DeliveryLease lease = {};
  std::string provider = {};
  std::size_t limit = 1;                 // messages
  std::int64_t messages_per_second = 0;  // over all instances; 0: no limit
  Instant now = {};
};

struct ClaimedMessages {
  std::vector<OutgoingMessage> messages = {};   // leased, oldest first, of one person at most one
  bool may_be_more = false;                     // some were checked and not sent: claim again
  std::optional<Instant> throttled_until = {};  // the rate allows the next one then
};

// What became of an attempt under a lease.
struct AttemptResult {
  MessageId id = {};
  UserId user = {};
  std::string token = {};  // of the lease
  SendOutcome outcome = {};
  std::optional<Instant> next_attempt_at =
      {};  // retryable: sent again then, none: it fails; unknown: first look-up
};

// The error code of an attempt, or in a report, that means that the recipient has opted out there: Twilio's.
inline constexpr const char* kOptedOutAtProvider = "21610";

// A message whose fate is unknown; attempted at `message.claimed_at`.
struct UnsettledMessage {
  OutgoingMessage message = {};
  int look_ups = 0;  // this one included
};

enum class Settlement { settled, resent, open };

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class DeliveryStore {
 public:
  explicit DeliveryStore(Database& database) : database_(database) {}

  // Takes what may go now under the lease, if `check` lets it. A person's messages go in order, one at a time
  // over all instances. Those that wait or fail by the check are written down as such.
  using Check = std::function<LastCheck(const PendingMessage&)>;
  ClaimedMessages claim(const DeliveryClaim& claim, const Check& check);

  // Makes pending again what was claimed under these leases: nothing of it was handed out, because nobody
  // could know whether the claim was committed. What somebody holds is passed over. Returns how many.
  std::size_t give_back(const std::vector<DeliveryLease>& leases);

  // Stores what became of leased messages. What another has taken since, or what a report has settled,
  // stays as it is. Returns those whose rows somebody holds: they are not stored, and are to be brought
  // again.
  std::set<MessageId> record(const std::vector<AttemptResult>& results, Instant now);

  // Whoever has opted out at the provider has opted out here. Throws Locked when somebody holds one of them.
  void opt_out(const std::set<UserId>& users, Instant now);

  // Marks `unknown` what was being sent under a lease that has run out: whether it went, nobody can say.
  // Returns how many.
  std::size_t expire_leases(Instant now);

  // When the first message that waits may be sent or looked into; none waits: nothing.
  std::optional<Instant> next_due(Instant now);

  // Messages of the provider whose fate is to be looked into now; nobody else does so before `until`.
  std::vector<UnsettledMessage> claim_unsettled(const std::string& provider, Instant now, Instant until,
                                                std::size_t limit);

  struct Settling {
    std::vector<DeliveryReport> found = {};     // all that the provider has that may be it
    std::optional<Instant> look_again_at = {};  // if it stays open; none: only a report can settle it
    bool may_resend = false;                    // if nothing was found, once
  };
  // Settles a message of which the provider has exactly one that no other row can be.
  Settlement settle(const UnsettledMessage& unsettled, const Settling& settling, Instant now);

  // Stores what providers tell of messages, whenever and however often they do so. Returns how many rows
  // changed.
  std::size_t report(const std::vector<DeliveryReport>& reports, Instant now);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
