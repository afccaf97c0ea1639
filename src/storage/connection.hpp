// The connections that Database keeps. Only src/storage/*.cpp include this.
#pragma once

#include <chrono>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <unordered_map>
#include <utility>

#include "storage/database.hpp"

namespace orchestrator::storage {

// Settings of a session that keeps plans. A plan is made for whatever values may come, and of tables that may
// still be small: it must do until it is forgotten, and they may be large by then. docs/decisions.md
inline constexpr const char* kKeepPlans =
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; "
    "SET enable_mergejoin = off; SET enable_bitmapscan = off; SET enable_material = off; SET jit = off";

// Making them all anew takes some ten milliseconds.
inline constexpr std::chrono::seconds kPlansLive{5};

// One physical connection. Never reconnects by itself: a broken one is dropped by its lease.
class Connection {
 public:
  // Keeps plans only if it may and the session is its own.
  Connection(const std::string& conninfo, bool may_keep_plans);
  pqxx::connection& raw() { return raw_; }

  // Between transactions. So that plans follow the growth of their tables.
  void forget_old_plans();

  // Runs a statement under the plan that the session has of it; behind a pooler, whose sessions are
  // anybody's, it is planned each time.
  template <class... Parameters>
  pqxx::result run(pqxx::transaction_base& transaction, const std::string& statement,
                   Parameters&&... parameters) {
    if (!keeps_plans_) return transaction.exec_params(statement, std::forward<Parameters>(parameters)...);
    return transaction.exec_prepared(name_of(statement), std::forward<Parameters>(parameters)...);
  }

 private:
  const std::string& name_of(const std::string& statement);

  pqxx::connection raw_;
  bool keeps_plans_;
  std::chrono::steady_clock::time_point plans_made_at_ = std::chrono::steady_clock::now();
  std::unordered_map<std::string, std::string> names_;  // of the statements, in the session
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

}  // namespace orchestrator::storage
