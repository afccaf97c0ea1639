// The coordinator's stores on a real database, with a manual clock. The test acts as people and agents.
#pragma once

#include <string>
#include <vector>

#include "inbound/coordinator.hpp"
#include "storage/contact_store.hpp"
#include "storage/inbound_store.hpp"
#include "storage/turn_store.hpp"
#include "support/world.hpp"

namespace orchestrator::support {

class InboundWorld : public World {
 public:
  explicit InboundWorld(const InboundConfig& config = {});

  // Posts a message of the person now, with this gateway message id ("": without one).
  Receipt says(const std::string& contact, const std::string& text, const std::string& provider_id = "");

  // Claims a turn; fails the test when there is none.
  Turn claimed();
  std::vector<Turn> claimed_all();

  TurnResult answers(const Turn& turn, const std::string& response);
  TurnResult fails(const Turn& turn, const std::string& error = "no model");

  // The texts of the turn.
  static std::vector<std::string> texts(const Turn& turn);

  // The statuses of the contact's messages in order of arrival, e.g. "done duplicate waiting".
  std::string line(const std::string& contact);

  InboundConfig config;
  InboundRules inbound_rules{inbound::rules_of(config, rules)};
  storage::InboundStore inbound{database, inbound_rules, ids};
  storage::TurnStore turns{database, inbound_rules, ids};
  storage::ContactStore contacts{database, inbound_rules, ids};
};

// As the routes create it.
IncomingMessage incoming(const std::string& contact, const std::string& text,
                         const std::string& provider_id = "");

}  // namespace orchestrator::support
