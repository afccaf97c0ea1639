// The connections that Database pools. Only src/storage/*.cpp include this.
#pragma once

#include <chrono>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <unordered_map>
#include <utility>

#include "storage/database.hpp"

namespace orchestrator::storage {

// Settings of a session that caches plans. A generic plan is made once, without knowing the parameters and
// perhaps while the tables are small; it must still be good when they have grown. docs/decisions.md
inline constexpr const char* kPlanCacheSettings =
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; "
    "SET enable_mergejoin = off; SET enable_bitmapscan = off; SET enable_material = off; SET jit = off; "
    "SET default_transaction_isolation = 'read committed'";

// Planning all statements again takes some ten milliseconds.
inline constexpr std::chrono::seconds kMaxPlanAge{5};

// One physical connection. It never reconnects: its loan drops it when it is broken. For one thread at a
// time.
class PooledConnection {
 public:
  // Caches plans only if it may and no pooler shares the session.
  PooledConnection(const std::string& conninfo, bool may_cache_plans);
  pqxx::connection& raw() { return raw_; }
  bool caches_plans() const { return caches_plans_; }

  // Discards plans older than kMaxPlanAge, so that they follow the growth of their tables. Call it between
  // transactions.
  void discard_old_plans();

  // From now on, statements outside of transactions wait a second at most for a lock. Not for shared
  // sessions.
  void limit_lock_waits();

  // Runs a statement under its cached plan. Behind a pooler, whose clients share sessions, the statement is
  // planned each time.
  template <class... Parameters>
  pqxx::result run(pqxx::transaction_base& transaction, const std::string& statement,
                   Parameters&&... parameters) {
    if (!caches_plans_) return transaction.exec_params(statement, std::forward<Parameters>(parameters)...);
    return transaction.exec_prepared(name_of(statement), std::forward<Parameters>(parameters)...);
  }

 private:
  const std::string& name_of(const std::string& statement);

  pqxx::connection raw_;
  bool caches_plans_;
  bool limits_lock_waits_ = false;
  std::chrono::steady_clock::time_point planned_at_ = std::chrono::steady_clock::now();
  std::unordered_map<std::string, std::string> names_;  // of prepared statements, by their text
};

// Borrows a connection from the pool for one scope.
class ConnectionLoan {
 public:
  explicit ConnectionLoan(Database& database) : database_(database), connection_(database.acquire()) {}
  ~ConnectionLoan() { database_.release(std::move(connection_), reusable_); }
  ConnectionLoan(const ConnectionLoan&) = delete;
  ConnectionLoan& operator=(const ConnectionLoan&) = delete;

  PooledConnection& operator*() { return *connection_; }

  // The connection is closed instead of going back to the pool.
  void drop() { reusable_ = false; }

 private:
  Database& database_;
  std::unique_ptr<PooledConnection> connection_;
  bool reusable_ = true;
};

}  // namespace orchestrator::storage
