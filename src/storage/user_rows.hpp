// How a user's settings and counters are read and stored. Only src/storage/*.cpp include this.
#pragma once

#include <string>

#include "orchestrator/rules.hpp"
#include "storage/parameters.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {

// These read the columns of sql/pieces/user_settings_columns.sql, user_counters_columns.sql and
// user_facts_columns.sql, which stand together and in that order.
void read_settings(const pqxx::row& row, UserFacts& facts);
void read_counters(const pqxx::row& row, UserFacts& facts);
UserFacts facts_from(const pqxx::row& row);

// The counters as parameters of statements.
struct StoredCounters {
  explicit StoredCounters(const UserFacts& counters);
  std::optional<std::string> date;
  int messages_sent;
  std::optional<Instant> last_message_at;
  std::string recent_sends;  // a timestamptz[] literal
};

// As stored in `users.response_pattern`.
std::string pattern_text(const ResponsePattern& pattern);

}  // namespace orchestrator::storage
