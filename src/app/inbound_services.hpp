// The services that the routes about inbound messages, turns and the coordinator need. All are safe for
// concurrent use; what they are given must outlive them.
#pragma once

#include "api/coordinator_routes.hpp"
#include "api/inbound_routes.hpp"
#include "api/turn_routes.hpp"
#include "inbound/coordinator.hpp"

namespace orchestrator::app {

class InboundAdapter final : public api::InboundService {
 public:
  explicit InboundAdapter(inbound::Coordinator& coordinator) : coordinator_(coordinator) {}

  std::vector<Receipt> receive(const std::vector<IncomingMessage>& messages) override {
    return coordinator_.receive(messages);
  }

 private:
  inbound::Coordinator& coordinator_;
};

class TurnAdapter final : public api::TurnService {
 public:
  TurnAdapter(inbound::Coordinator& coordinator, storage::TurnStore& turns, const Clock& clock)
      : coordinator_(coordinator), turns_(turns), clock_(clock) {}

  std::optional<Turn> claim_turn() override { return coordinator_.claim(); }
  TurnResult finish_turn(const std::string& turn_id, const std::string& token,
                         const AgentAnswer& answer) override {
    return coordinator_.finish(turn_id, token, answer);
  }
  std::optional<Instant> renew_turn(const std::string& turn_id, const std::string& token) override {
    return turns_.renew(turn_id, token, clock_.now());
  }
  bool turn_exists(const std::string& turn_id) override { return turns_.exists(turn_id); }

 private:
  inbound::Coordinator& coordinator_;
  storage::TurnStore& turns_;
  const Clock& clock_;
};

class CoordinatorAdapter final : public api::CoordinatorService {
 public:
  CoordinatorAdapter(inbound::Coordinator& coordinator, storage::ContactStore& contacts, const Clock& clock,
                     const InboundConfig& config)
      : coordinator_(coordinator),
        contacts_(contacts),
        clock_(clock),
        emergency_threshold_(static_cast<std::size_t>(config.emergency_threshold)) {}

  CoordinatorStats coordinator_stats() override { return contacts_.stats(clock_.now()); }
  std::vector<ContactStatus> busiest_contacts(std::size_t limit) override { return contacts_.busiest(limit); }
  std::optional<ContactStatus> find_contact(const inbound::ContactIdentity& contact) override {
    return contacts_.find(contact.id);
  }
  std::optional<std::size_t> flush_contact(const inbound::ContactIdentity& contact) override {
    return contacts_.flush(contact.id, clock_.now());
  }
  FlushCounts flush_all_contacts() override { return contacts_.flush_all(clock_.now()); }
  std::optional<std::size_t> unlock_contact(const inbound::ContactIdentity& contact) override {
    return contacts_.unlock(contact.id, clock_.now());
  }
  std::size_t unlock_all_contacts() override { return contacts_.unlock_all(clock_.now()); }
  std::size_t recover_expired_turns() override { return coordinator_.recover_expired(); }
  std::vector<SelfTestStep> run_coordinator_self_test() override {
    return contacts_.run_self_test(clock_.now());
  }
  std::size_t emergency_threshold() const override { return emergency_threshold_; }

 private:
  inbound::Coordinator& coordinator_;
  storage::ContactStore& contacts_;
  const Clock& clock_;
  const std::size_t emergency_threshold_;
};

}  // namespace orchestrator::app
