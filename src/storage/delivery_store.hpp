// Messages on their way from `messages` to a provider: claimed under a lease, sent by the caller outside any
// transaction, then recorded; and what providers report of them later.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/delivery.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class DeliveryStore {
 public:
  explicit DeliveryStore(Database& database) : database_(database) {}

  // Claims under the lease what may be sent now and passes `check`. A user's messages are sent in order, one
  // at a time over all instances. Messages that `check` lets wait or fail are stored as such.
  using Check = std::function<LastCheck(const PendingMessage&)>;
  ClaimedMessages claim(const DeliveryClaim& claim, const Check& check);

  // Makes messages pending again that were claimed under these leases and not handed to the sender, because
  // the outcome of the claim's commit is unknown. Rows that another transaction has locked are skipped.
  // Returns the number of messages.
  std::size_t release(const std::vector<DeliveryLease>& leases);

  // Stores the outcomes of attempts. A message that has another token, or that a report has settled, stays as
  // it is. Returns the messages whose rows another transaction has locked: they are not stored, and the
  // caller must record them again.
  std::set<MessageId> record(const std::vector<AttemptResult>& results, Instant now);

  // Opts users out who have opted out at the provider. Throws Locked when another transaction has locked one
  // of them.
  void opt_out(const std::set<UserId>& users, Instant now);

  // Sets messages to `unknown` whose lease has expired: whether they were sent is not known. Returns the
  // number of messages.
  std::size_t expire_leases(Instant now);

  DeliverySchedule schedule(const std::string& provider, Instant now);

  // Leases a part of the provider's send rate: for as many of the requested messages as can be sent now. It
  // begins where the last lease of any instance ends, so an instance that dies takes no more than its lease
  // along. A transaction of its own: claims do not touch the row that all instances share.
  RateLease lease_rate(const RateRequest& request);

  // Claims messages of the provider whose outcome is unknown and whose look-up is due; no other instance
  // looks them up before `until`.
  std::vector<UnsettledMessage> claim_unsettled(const std::string& provider, Instant now, Instant until,
                                                std::size_t limit);

  // Settles a message if the look-up found exactly one message at the provider that no other row can be.
  Settlement settle(const UnsettledMessage& unsettled, const SettlementFacts& facts, Instant now);

  // Applies reports of providers, in any order and however often they come. Returns the number of changed
  // rows.
  std::size_t report(const std::vector<DeliveryReport>& reports, Instant now);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
