// Turns: a batch of a contact's messages is leased to an agent, and answered, or tried again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/inbound.hpp"
#include "orchestrator/inbound_rules.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use, by any number of instances. What it is given must outlive the store. Throws what
// storage/errors.hpp lists.
class TurnStore {
 public:
  TurnStore(Database& database, const InboundRules& rules, UuidV7Source& ids)
      : database_(database), rules_(rules), ids_(ids) {}

  // Up to `limit` turns whose time has come, but no more than may be in process at once. Tries whose lease
  // has run out are taken up again on the way.
  std::vector<Turn> claim(std::size_t limit, Instant now);

  // Records an answer under the token of its try. Success: the messages are done and the reply goes out.
  TurnResult finish(const std::string& turn_id, const std::string& token, const AgentAnswer& answer,
                    Instant now);

  // The lease's new end; nothing if the token is not the present one.
  std::optional<Instant> renew(const std::string& turn_id, const std::string& token, Instant now);
  bool exists(const std::string& turn_id);

  // Ends a try that was cut short, as if it had not begun: it is nobody's failure, and does not count as one.
  // Nothing happens if the token is not the present one.
  void give_back(const std::string& turn_id, const std::string& token, Instant now);

  // Ends the tries whose lease has run out, and returns how many.
  std::size_t recover_expired(Instant now);

  // When the next turn is due; nothing: none is waiting.
  std::optional<Instant> next_alarm();

 private:
  Database& database_;
  const InboundRules& rules_;
  UuidV7Source& ids_;
};

}  // namespace orchestrator::storage
