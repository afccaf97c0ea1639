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

namespace orchestrator::storage {

// `run` is the way to run a statement; libpqxx's own exec_params plans it anew each time.
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
    if (rows.size() != 1) throw pqxx::unexpected_rows("not one row, of " + statement);
    return rows.front();
  }

 protected:
  template <class... Settings>
  explicit RunsStatements(Connection& connection, Settings&&... settings)
      : pqxx::internal::namedclass("transaction"),
        Kind(connection.raw(), std::forward<Settings>(settings)...),
        connection_(connection) {}

 private:
  Connection& connection_;
};

// The settings go in the same message as BEGIN. With any, the isolation is READ COMMITTED, whatever the
// role's default: what is read after a lock must be newer than the lock.
class Transaction : public RunsStatements<pqxx::internal::basic_transaction> {
 public:
  explicit Transaction(Connection& connection, const std::string& settings = {})
      : pqxx::internal::namedclass("transaction"),
        RunsStatements(connection, settings.empty() ? "READ COMMITTED" : "READ COMMITTED; " + settings,
                       pqxx::read_write) {
    Begin();
  }
  ~Transaction() noexcept override { End(); }
};

// For a single statement that only reads: without BEGIN and COMMIT, two journeys to the database less.
class SingleRead : public RunsStatements<pqxx::nontransaction> {
 public:
  explicit SingleRead(Connection& connection)
      : pqxx::internal::namedclass("reading"), RunsStatements(connection) {}
};

// Turns the exception in flight into one of errors.hpp and throws that. Says whether the connection is still
// good by `connection_is_good` before it throws.
[[noreturn]] void rethrow_as_ours(bool& connection_is_good);

// Runs `work(transaction)` and commits. libpqxx would run statements that follow a failed one on their own
// and durably: here nothing can follow, because any exception ends the transaction object with the scope.
template <class Kind, class Work, class... Settings>
auto run_in(Database& database, Work&& work, const Settings&... settings) {
  Lease lease(database);
  try {
    (*lease).forget_old_plans();
    Kind transaction(*lease, settings...);
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
    } catch (const SessionShared&) {
      lease.broken();
      database.keep_no_plans();
      throw;
    } catch (...) {
      if (!good) lease.broken();
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

template <class Work>
auto in_single_read(Database& database, Work&& work) {
  return run_in<SingleRead>(database, std::forward<Work>(work));
}

}  // namespace orchestrator::storage
