// How storage fails. Everything else that leaves storage is a domain value.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace orchestrator::storage {

// The database cannot be reached, rejects the work for now, or failed in the middle of it. Nothing was
// stored; the same call may be repeated. what() is for logs only.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The connection failed while a statement ran.
class ConnectionLost : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

// A statement prepared in the session is missing, or exists already: a pooler shares the session between
// clients.
class SessionShared : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

// Another transaction kept a row locked for longer than the lock timeout.
class Locked : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

// The connection failed during COMMIT: whether the work was stored is not known. Only an idempotent
// repetition is safe.
class OutcomeUnknown : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

// The database rejects this data (a value that it cannot store). Repeating the call does not help.
class BadData : public std::runtime_error {
 public:
  BadData(std::string sqlstate, const std::string& what)
      : std::runtime_error(what), sqlstate_(std::move(sqlstate)) {}

  bool is_unique_violation() const { return sqlstate_ == "23505"; }
  bool is_foreign_key_violation() const { return sqlstate_ == "23503"; }

 private:
  std::string sqlstate_;
};

// A statement failed for any other reason: a defect of the program or of the schema.
class StatementFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace orchestrator::storage
