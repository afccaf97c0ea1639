// How storage fails. Everything else that leaves storage is a domain value.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace orchestrator::storage {

// The database cannot be reached, refused the work for now, or died in mid-work. Nothing was decided; the
// same call may be made again. what() is for logs only.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Statements prepared in the session are not there, or are there already: a pooler shares it between clients.
class SessionShared : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

// Somebody else held a row for too long.
class Locked : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

// The connection died inside COMMIT: whether the work was done cannot be known. Only an idempotent repetition
// is safe.
class OutcomeUnknown : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

// The database refused this very data (a value it cannot hold). Repeating the call will not help.
class BadData : public std::runtime_error {
 public:
  BadData(std::string sqlstate, const std::string& what)
      : std::runtime_error(what), sqlstate_(std::move(sqlstate)) {}

  bool is_unique_violation() const { return sqlstate_ == "23505"; }

 private:
  std::string sqlstate_;
};

// A statement failed for another reason: a defect of ours or of the schema.
class StatementFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace orchestrator::storage
