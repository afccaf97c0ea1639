// Messages on their way from `messages` to a provider: leased, sent by the caller outside any transaction,
// then recorded.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/ports.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// The fencing token of one lease: whoever records with another changes nothing.
struct DeliveryLease {
  std::string token;  // a UUID
  Instant until;
};

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class DeliveryStore {
 public:
  explicit DeliveryStore(Database& database) : database_(database) {}

  // Takes up to `limit` pending messages under the lease, oldest first. Messages to people who have opted out
  // meanwhile fail here, with error code opted_out.
  std::vector<OutgoingMessage> claim(const DeliveryLease& lease, const std::string& provider,
                                     std::size_t limit);

  struct Result {
    MessageId id;
    UserId user;
    SendOutcome outcome;
  };
  // Stores what became of leased messages. What another has taken since stays as it is.
  void record(const DeliveryLease& lease, const std::vector<Result>& results, Instant now);

  // Marks `unknown` what was being sent under a lease that has run out: whether it went, nobody can say, so
  // it is never sent again. Returns how many.
  std::size_t expire_leases(Instant now);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
