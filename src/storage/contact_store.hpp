// The coordinator as its operators see it: who waits, what was counted, and the levers for a bad day.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/coordinator.hpp"
#include "orchestrator/inbound_rules.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. What it is given must outlive the store. Throws what storage/errors.hpp lists.
class ContactStore {
 public:
  ContactStore(Database& database, const InboundRules& rules, UuidV7Source& ids)
      : database_(database), rules_(rules), ids_(ids) {}

  CoordinatorStats stats(Instant now);

  // Those with an open turn or messages that wait, the longest lines first.
  std::vector<ContactStatus> busiest(std::size_t limit);

  // Nothing: this person never wrote.
  std::optional<ContactStatus> find(const std::string& contact_id,
                                    const std::optional<std::string>& phone_number);

  // Takes what waits out of line; a turn that an agent has stays with it. Returns how many messages; nothing:
  // this person never wrote.
  std::optional<std::size_t> flush(const std::string& contact_id,
                                   const std::optional<std::string>& phone_number, Instant now);
  FlushCounts flush_all(Instant now);  // in several transactions

  // Ends the try in process, so that the turn is taken up again at once; the late answer is refused. Returns
  // how many; nothing: this person never wrote.
  std::optional<std::size_t> unlock(const std::string& contact_id,
                                    const std::optional<std::string>& phone_number, Instant now);
  std::size_t unlock_all(Instant now);

  // Takes a made-up contact's messages all the way, and then undoes everything.
  std::vector<SelfTestStep> run_self_test(Instant now);

 private:
  Database& database_;
  const InboundRules& rules_;
  UuidV7Source& ids_;
};

}  // namespace orchestrator::storage
