// The coordinator as its operators see it: waiting contacts, counters, and manual intervention.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/coordinator.hpp"
#include "orchestrator/inbound_rules.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The constructor's arguments must outlive the store. Throws what storage/errors.hpp
// lists.
class ContactStore {
 public:
  ContactStore(Database& database, const InboundRules& rules, UuidV7Source& ids)
      : database_(database), rules_(rules), ids_(ids) {}

  CoordinatorStats stats(Instant now);

  // Contacts with an open turn or waiting messages, most messages first.
  std::vector<ContactStatus> busiest(std::size_t limit);

  // None: this contact never wrote.
  std::optional<ContactStatus> find(const std::string& contact_id);

  // Takes the contact's waiting messages out of its queue; a turn that an agent works on stays. Returns the
  // number of messages; none: this contact never wrote.
  std::optional<std::size_t> flush(const std::string& contact_id, Instant now);
  FlushCounts flush_all(Instant now);  // in several transactions

  // Ends the attempt in process, so that the turn is claimed again at once; the late answer is refused.
  // Returns the number of attempts, 0 or 1; none: this contact never wrote.
  std::optional<std::size_t> unlock(const std::string& contact_id, Instant now);
  std::size_t unlock_all(Instant now);

  // Takes the messages of an invented contact through all steps, and rolls everything back.
  std::vector<SelfTestStep> run_self_test(Instant now);

 private:
  Database& database_;
  const InboundRules& rules_;
  UuidV7Source& ids_;
};

}  // namespace orchestrator::storage
