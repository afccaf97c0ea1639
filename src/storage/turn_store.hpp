// Turns: an agent leases a batch of a contact's messages, and answers it or fails.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/inbound.hpp"
#include "orchestrator/inbound_rules.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use, by any number of instances. The constructor's arguments must outlive the store.
// Throws what storage/errors.hpp lists.
class TurnStore {
 public:
  TurnStore(Database& database, const InboundRules& rules, UuidV7Source& ids)
      : database_(database), rules_(rules), ids_(ids) {}

  // Claims up to `limit` due turns, within the limit on turns in process. Attempts whose lease has expired
  // are ended first.
  std::vector<Turn> claim(std::size_t limit, Instant now);

  // Records an answer under the token of its attempt. After a success, the messages are done and the reply is
  // pending.
  TurnResult finish(const std::string& turn_id, const std::string& token, const AgentAnswer& answer,
                    Instant now);

  // The new end of the lease; none if another attempt has another token.
  std::optional<Instant> renew(const std::string& turn_id, const std::string& token, Instant now);
  bool exists(const std::string& turn_id);

  // Ends an interrupted attempt as if it had not begun: it does not count as a failure. Does nothing if
  // another attempt has another token.
  void release(const std::string& turn_id, const std::string& token, Instant now);

  // Ends the attempts whose lease has expired, and returns their number.
  std::size_t recover_expired(Instant now);

  // When the next turn is due; none: no turn waits.
  std::optional<Instant> next_turn_at();

 private:
  Database& database_;
  const InboundRules& rules_;
  UuidV7Source& ids_;
};

}  // namespace orchestrator::storage
