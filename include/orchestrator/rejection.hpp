// The refusal of a request: a value, not an exception; the caller of the API can correct it or retry.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator {

struct Rejection {
  int status = 400;                        // HTTP
  std::string code;                        // stable, e.g. "unknown_user"
  std::string message;                     // for a person: what is wrong and what to do
  std::vector<std::string> required = {};  // names of the missing fields, if any are missing
};

// Refusals that more than one part of the program gives, so that each is worded once.

Rejection unknown_user(std::string_view user_id, int status);

// 413; `what` begins the sentence, e.g. "The body".
Rejection too_large(std::string_view what, std::size_t limit_bytes);

// 422: a value that PostgreSQL cannot hold.
Rejection unstorable();

// 503: too much work is in progress.
Rejection overloaded();

// 503: the database cannot be reached.
Rejection unavailable();

// 503 with the code `held`: another transaction has locked the rows.
Rejection rows_locked();

// 503: the connection was lost while a transaction was being committed.
Rejection outcome_unknown();

}  // namespace orchestrator
