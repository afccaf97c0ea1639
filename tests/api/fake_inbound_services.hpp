// Fakes of the services behind the routes about turns and the coordinator. Tests set what they return before
// the first request, and read what they were asked after the last.
#pragma once

#include <string>
#include <vector>

#include "api/coordinator_routes.hpp"
#include "api/turn_routes.hpp"

namespace orchestrator::api::testing {

class FakeTurns final : public TurnService {
 public:
  std::optional<Turn> due_turn;
  std::string known_turn;  // the id of the only turn
  TurnResult finished;
  std::optional<Instant> renewed_until;
  std::vector<AgentAnswer> answers;

 private:
  std::optional<Turn> claim_turn() override { return due_turn; }
  TurnResult finish_turn(const std::string& turn_id, const std::string&, const AgentAnswer& answer) override {
    if (turn_id != known_turn) return {};
    answers.push_back(answer);
    return finished;
  }
  std::optional<Instant> renew_turn(const std::string&, const std::string&) override { return renewed_until; }
  bool turn_exists(const std::string& turn_id) override { return turn_id == known_turn; }
};

class FakeCoordinator final : public CoordinatorService {
 public:
  CoordinatorStats stats;
  std::optional<ContactStatus> known_contact;
  std::vector<SelfTestStep> self_test_steps;

 private:
  CoordinatorStats coordinator_stats() override { return stats; }
  std::vector<ContactStatus> busiest_contacts(std::size_t) override {
    return known_contact ? std::vector{*known_contact} : std::vector<ContactStatus>{};
  }
  std::optional<ContactStatus> find_contact(const inbound::ContactIdentity& contact) override {
    return knows(contact) ? known_contact : std::nullopt;
  }
  std::optional<std::size_t> flush_contact(const inbound::ContactIdentity& contact) override {
    return knows(contact) ? std::optional(known_contact->waiting) : std::nullopt;
  }
  FlushCounts flush_all_contacts() override { return {.contacts = 2, .messages = 5}; }
  std::optional<std::size_t> unlock_contact(const inbound::ContactIdentity& contact) override {
    return knows(contact) ? std::optional<std::size_t>(1) : std::nullopt;
  }
  std::size_t unlock_all_contacts() override { return 3; }
  std::size_t recover_expired_turns() override { return 4; }
  std::vector<SelfTestStep> run_coordinator_self_test() override { return self_test_steps; }
  std::size_t emergency_threshold() const override { return 10; }

  bool knows(const inbound::ContactIdentity& contact) const {
    return known_contact && known_contact->contact_id == contact.id;
  }
};

}  // namespace orchestrator::api::testing
