// The thin wrapper over libpqxx. Only src/storage/*.cpp include this.
#pragma once

#include <chrono>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "orchestrator/instant.hpp"
#include "storage/database.hpp"
#include "storage/errors.hpp"

namespace orchestrator::storage {

// One physical connection. Never reconnects by itself: a broken one is dropped by its lease.
class Connection {
 public:
  explicit Connection(const std::string& conninfo);
  pqxx::connection& raw() { return raw_; }

 private:
  pqxx::connection raw_;
};

// Holds a connection for one scope; `broken()` keeps it from being used again.
class Lease {
 public:
  explicit Lease(Database& database) : database_(database), connection_(database.acquire()) {}
  ~Lease() { database_.release(std::move(connection_), reusable_); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  Connection& operator*() { return *connection_; }
  void broken() { reusable_ = false; }

 private:
  Database& database_;
  std::unique_ptr<Connection> connection_;
  bool reusable_ = true;
};

using Transaction = pqxx::work;

// For a single statement that only reads: without BEGIN and COMMIT, two journeys to the database less.
using SingleRead = pqxx::nontransaction;

// Turns the exception in flight into one of errors.hpp and throws that. Says whether the connection is still
// good by `connection_is_good` before it throws.
[[noreturn]] void rethrow_as_ours(bool& connection_is_good);

// Runs `work(transaction)` and commits. libpqxx would run statements that follow a failed one on their own
// and durably: here nothing can follow, because any exception ends the transaction object with the scope.
template <class Kind = Transaction, class Work>
auto in_transaction(Database& database, Work&& work) {
  Lease lease(database);
  try {
    Kind transaction((*lease).raw());
    if constexpr (std::is_void_v<decltype(work(transaction))>) {
      work(transaction);
      transaction.commit();
    } else {
      auto result = work(transaction);
      transaction.commit();
      return result;
    }
  } catch (...) {
    bool good = false;
    try {
      rethrow_as_ours(good);
    } catch (...) {
      if (!good) lease.broken();
      throw;
    }
  }
}

// For transactions that somebody waits for: a row that another session holds fails them (Locked) instead of
// holding them up for as long as that session likes.
// First in a transaction: what is read after a lock must be newer than the lock, whatever the role's default.
inline constexpr const char* kDoNotWaitLong =
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '1s'";

// Instants travel as text on the way in and as micros(…), a bigint, on the way out.
inline Instant instant_from(const pqxx::field& micros) {
  return Instant{Duration{micros.as<std::int64_t>()}};
}

inline std::optional<Instant> optional_instant_from(const pqxx::field& micros) {
  if (micros.is_null()) return std::nullopt;
  return instant_from(micros);
}

inline std::optional<std::string> format_optional(const std::optional<Instant>& instant) {
  if (!instant) return std::nullopt;
  return format_instant(*instant);
}

template <class T>
std::optional<T> optional_from(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return field.as<T>();
}

// The fields of columns that stand together, one after the other: their names need not be looked up for each
// row of thousands.
class FieldsInOrder {
 public:
  FieldsInOrder(const pqxx::row& row, const char* first) : row_(row), next_(row.column_number(first)) {}
  pqxx::field next() { return row_[next_++]; }

 private:
  const pqxx::row& row_;
  pqxx::row_size_type next_;
};

}  // namespace orchestrator::storage
