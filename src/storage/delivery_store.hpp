// Messages on their way from `messages` to a provider: leased, sent by the caller outside any transaction,
// then recorded; and what providers tell of them later.
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

  // Settles a message of which the provider has exactly one that no other row can be.
  Settlement settle(const UnsettledMessage& unsettled, const SettlementFacts& settling, Instant now);

  // Stores what providers tell of messages, whenever and however often they do so. Returns how many rows
  // changed.
  std::size_t report(const std::vector<DeliveryReport>& reports, Instant now);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
