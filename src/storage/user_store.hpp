// The people: `users`, joined with their `user_message_budget`.
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

  // Creates or replaces the user's settings; opt-out and counters stay. Whatever waits for the user is
  // looked at anew. Rejected (409 phone_number_taken) when the number is another user's.
  std::variant<PutOutcome, Rejection> put(const User& user);

  std::optional<UserRecord> find(const UserId& id);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
