// What all transactions about a contact have in common. Only src/storage/*.cpp include this.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/inbound_rules.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {

// A row of inbound_contacts that the transaction has locked.
struct LockedContact {
  UserId user;
  std::string contact_id;
  std::optional<std::string> turn_id;  // of the open turn
  std::optional<std::string> token;    // of the attempt in process
};

// None: the user never wrote.
std::optional<LockedContact> lock_contact(Transaction& transaction, const UserId& user);

// The known users of these contacts, by contact id. Finding them takes a statement of its own, outside of the
// transaction about the user: the contact's id and the user may be in different shards.
using UsersOfContacts = std::map<std::string, UserId>;
UsersOfContacts find_users_of_contacts(Database& database, const std::vector<std::string>& contact_ids);
std::optional<UserId> find_user_of_contact(Database& database, const std::string& contact_id);

// Creates the user of an unknown contact, or does nothing if another transaction was faster.
void create_user_of_contact(Transaction& transaction, const std::string& contact_id,
                            const std::optional<std::string>& phone_number);

// Closes the contact's open turn, if there is one, and sets next_turn_at from its backlog. The contact must
// be locked.
void arm_contact(Transaction& transaction, const UserId& user, Instant now, const InboundRules& rules);

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

  bool operator==(const InboundCounts&) const = default;
};
// Counts in the shard of `user`. Call it last in a transaction: many transactions update the row that it
// locks.
void add_to_counters(Transaction& transaction, const UserId& user, const InboundCounts& counts);

// A row of agent_actions_log, from which GET /events derives an event.
struct CoordinatorAction {
  std::string action;
  UserId user;
  nlohmann::json input = nlohmann::json::object();
  nlohmann::json output = nlohmann::json::object();
  std::optional<std::string> error = {};
  std::optional<std::int64_t> latency_ms = {};
};
void log_actions(Transaction& transaction, const std::vector<CoordinatorAction>& actions, Instant now);

// Locks the user's budget row and reads, in a later statement, what count_send needs.
UserFacts lock_facts_for_reply(Transaction& transaction, const UserId& user);

// Inserts the confirmation of an opt-out or opt-in into `messages`, whatever limits and quiet hours are in
// force, and counts it. Locks the user's budget row.
void insert_confirmation(Transaction& transaction, const UserId& user, const std::string& text, Instant now,
                         const InboundRules& rules, UuidV7Source& ids);

}  // namespace orchestrator::storage
