// Users: `users`, joined with `user_message_budget`.
#pragma once

#include <optional>
#include <variant>

#include "orchestrator/messages.hpp"
#include "orchestrator/rejection.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class UserStore {
 public:
  explicit UserStore(Database& database) : database_(database) {}

  // Creates or replaces the user's settings; opt-out and counters stay. The user becomes due, so that waiting
  // messages are evaluated again. Rejected (409 phone_number_taken) if another user has the phone number.
  std::variant<PutOutcome, Rejection> put(const User& user);

  std::optional<UserRecord> find(const UserId& id);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
