// The coordinator's stores on a real database, with a clock that stands still until it is told to move. A
// test plays the people and the agents.
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

  // The person says something, now, as the gateway with this id for the message reports it ("": it gives
  // none).
  Receipt says(const std::string& contact, const std::string& text, const std::string& provider_id = "");

  // The agent fetches a turn; fails the test when there is none.
  Turn claimed();
  std::vector<Turn> claimed_all();

  TurnResult answers(const Turn& turn, const std::string& response);
  TurnResult fails(const Turn& turn, const std::string& error = "no model");

  // What the agent would read in it.
  static std::vector<std::string> texts(const Turn& turn);

  // Statuses of the contact's messages in order of arrival, e.g. "done duplicate waiting".
  std::string line(const std::string& contact);

  InboundConfig config;
  InboundRules inbound_rules{inbound::rules_of(config, rules)};
  storage::InboundStore inbound{database, inbound_rules, ids};
  storage::TurnStore turns{database, inbound_rules, ids};
  storage::ContactStore contacts{database, inbound_rules, ids};
};

// As a door of the service makes one.
IncomingMessage incoming(const std::string& contact, const std::string& text,
                         const std::string& provider_id = "");

}  // namespace orchestrator::support
