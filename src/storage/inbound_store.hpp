// Where people's messages come in: recorded, recognised when they are repeats, given their place in line.
#pragma once

#include <vector>

#include "orchestrator/inbound.hpp"
#include "orchestrator/inbound_rules.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. What it is given must outlive the store. Throws what storage/errors.hpp lists.
class InboundStore {
 public:
  InboundStore(Database& database, const InboundRules& rules, UuidV7Source& ids)
      : database_(database), rules_(rules), ids_(ids) {}

  // One transaction: all of them, or none. An unknown contact becomes a user. What quiet hours held for these
  // people is due at once. Receipts in the order of the arrivals.
  std::vector<Receipt> receive(const std::vector<Arrival>& arrivals, Instant now);

 private:
  Database& database_;
  const InboundRules& rules_;
  UuidV7Source& ids_;
};

}  // namespace orchestrator::storage
