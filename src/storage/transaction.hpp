// The thin wrapper over libpqxx. Only src/storage/*.cpp include this.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <type_traits>
#include <utility>

#include "storage/connection.hpp"
#include "storage/database.hpp"
#include "storage/errors.hpp"
#include "storage/fields.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {

// Use `run` to run a statement: it uses the cached plan. libpqxx's own exec_params plans the statement each
// time.
template <class Kind>
class RunsStatements : public Kind {
 public:
  template <class... Parameters>
  pqxx::result run(const std::string& statement, Parameters&&... parameters) {
    return connection_.run(*this, statement, std::forward<Parameters>(parameters)...);
  }

  // Expects one row.
  template <class... Parameters>
  pqxx::row run1(const std::string& statement, Parameters&&... parameters) {
    const auto rows = run(statement, std::forward<Parameters>(parameters)...);
    if (rows.size() != 1)
      throw pqxx::unexpected_rows("The statement did not return exactly one row: " + statement);
    return rows.front();
  }

 protected:
  template <class... Settings>
  explicit RunsStatements(PooledConnection& connection, Settings&&... settings)
      : pqxx::internal::namedclass("transaction"),
        Kind(connection.raw(), std::forward<Settings>(settings)...),
        connection_(connection) {}

 private:
  PooledConnection& connection_;
};

// The settings travel in the same message as BEGIN. The isolation is READ COMMITTED, whatever the role's
// default: what is read after a lock must be newer than the lock.
class Transaction : public RunsStatements<pqxx::internal::basic_transaction> {
 public:
  explicit Transaction(PooledConnection& connection, const std::string& settings = {})
      : pqxx::internal::namedclass("transaction"),
        RunsStatements(connection, settings.empty() ? "READ COMMITTED" : "READ COMMITTED; " + settings,
                       pqxx::read_write) {
    Begin();
  }
  ~Transaction() noexcept override { End(); }
};

// For a single statement that only reads: without BEGIN and COMMIT, which saves two round trips.
class SingleRead : public RunsStatements<pqxx::nontransaction> {
 public:
  explicit SingleRead(PooledConnection& connection)
      : pqxx::internal::namedclass("reading"), RunsStatements(connection) {}
};

// For a single statement that writes and commits by itself: one round trip instead of three. A failure that
// leaves open whether it has committed is OutcomeUnknown. Its isolation is that of the session.
class SingleWrite : public RunsStatements<pqxx::nontransaction> {
 public:
  static constexpr bool kCommitsByItself = true;
  explicit SingleWrite(PooledConnection& connection)
      : pqxx::internal::namedclass("writing"), RunsStatements(connection) {}
};

// Translates the current exception into one of errors.hpp and throws that. Before, it sets
// `connection_is_good`.
[[noreturn]] void rethrow_as_storage_error(bool& connection_is_good);

// Runs `work(transaction)` and commits. libpqxx would run statements that follow a failed one by themselves
// and durably; here none can follow, because an exception ends the transaction object with the scope.
template <class Kind, class Work, class... Settings>
auto run_in(Database& database, Work&& work, const Settings&... settings) {
  ConnectionLoan connection(database);
  try {
    (*connection).discard_old_plans();
    if constexpr (requires { Kind::kCommitsByItself; }) (*connection).limit_lock_waits();
    Kind transaction(*connection, settings...);
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
      rethrow_as_storage_error(good);
    } catch (const SessionShared&) {
      connection.drop();
      database.disable_plan_cache();
      throw;
    } catch (const ConnectionLost& failure) {
      connection.drop();
      if constexpr (requires { Kind::kCommitsByItself; }) throw OutcomeUnknown(failure.what());
      throw;
    } catch (...) {
      if (!good) connection.drop();
      throw;
    }
  }
}

template <class Work>
auto in_transaction(Database& database, Work&& work) {
  return run_in<Transaction>(database, std::forward<Work>(work));
}

template <class Work>
auto in_transaction(Database& database, const std::string& settings, Work&& work) {
  return run_in<Transaction>(database, std::forward<Work>(work), settings);
}

// `work` runs one statement. Where sessions are shared, their settings may be those of other clients, and a
// transaction gives the statement its isolation.
template <class Work>
auto in_single_write(Database& database, Work&& work) {
  if (!database.may_cache_plans())
    return run_in<Transaction>(database, std::forward<Work>(work), kShortLockTimeout);
  return run_in<SingleWrite>(database, std::forward<Work>(work));
}

template <class Work>
auto in_single_read(Database& database, Work&& work) {
  return run_in<SingleRead>(database, std::forward<Work>(work));
}

}  // namespace orchestrator::storage
