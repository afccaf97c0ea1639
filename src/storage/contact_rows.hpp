// What all transactions about a contact have in common. Only src/storage/*.cpp include this.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/inbound_rules.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {

struct Contact {
  UserId user;
  std::string contact_id;
  std::optional<std::string> turn_id;  // the open turn
  std::optional<std::string> token;    // of the try in process
};

// Locks the row. Nothing: this person never wrote.
std::optional<Contact> lock_contact(Transaction& transaction, const UserId& user);

// The person whom a contact id means: by their id, else by their phone number. Nothing: nobody.
std::optional<UserId> find_person(Transaction& transaction, const std::string& contact_id,
                                  const std::optional<std::string>& phone_number);

// Closes the contact's open turn, if there is one, and sets the alarm by what waits. Needs the lock.
void arm_for_next_turn(Transaction& transaction, const UserId& user, Instant now, const InboundRules& rules);

// What is added to the counters of inbound_counters.
struct InboundCounts {
  std::int64_t received = 0;
  std::int64_t duplicates = 0;
  std::int64_t dropped = 0;
  std::int64_t flushed = 0;
  std::int64_t processed = 0;
  std::int64_t failed = 0;
  std::int64_t turns = 0;
  std::int64_t failed_turns = 0;
  std::int64_t errors = 0;
  std::int64_t timeouts = 0;
  std::int64_t processing_ms = 0;
};
// Last in a transaction: the row that it locks is everybody's.
void add_to_counters(Transaction& transaction, const InboundCounts& counts);

// A row of agent_actions_log, from which GET /events tells what happened.
struct CoordinatorAction {
  std::string action;
  UserId user;
  nlohmann::json input = nlohmann::json::object();
  nlohmann::json output = nlohmann::json::object();
  std::optional<std::string> error = {};
  std::optional<std::int64_t> latency_ms = {};
};
void log_actions(Transaction& transaction, const std::vector<CoordinatorAction>& actions, Instant now);

// What is said to a person in answer to their own message.
struct Saying {
  enum class Purpose { reply, consent } purpose = Purpose::reply;
  std::string role;  // who says it
  std::string text;
};
// Puts it into `messages`, whatever limits and quiet hours say, and counts it. Locks the person's budget row.
MessageId say(Transaction& transaction, const UserId& user, const Saying& saying, Instant now,
              const InboundRules& rules, UuidV7Source& ids);

}  // namespace orchestrator::storage
