// Incoming messages: stored, compared with earlier ones, and put into the contact's queue.
#pragma once

#include <vector>

#include "orchestrator/inbound.hpp"
#include "orchestrator/inbound_rules.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The constructor's arguments must outlive the store. Throws what storage/errors.hpp
// lists.
class InboundStore {
 public:
  InboundStore(Database& database, const InboundRules& rules, UuidV7Source& ids)
      : database_(database), rules_(rules), ids_(ids) {}

  // Stores all arrivals in one transaction, or none. An unknown contact becomes a user. Messages that quiet
  // hours block for these users are due at once. Returns the receipts in the order of the arrivals.
  std::vector<Receipt> receive(const std::vector<Arrival>& arrivals, Instant now);

 private:
  Database& database_;
  const InboundRules& rules_;
  UuidV7Source& ids_;
};

}  // namespace orchestrator::storage
