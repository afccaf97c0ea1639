#include "storage/database.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <map>
#include <stdexcept>

#include "storage/transaction.hpp"

namespace orchestrator::storage {
namespace {

// SQLSTATE classes: https://www.postgresql.org/docs/15/errcodes-appendix.html
bool is_data_error(const std::string& sqlstate) {
  return sqlstate.starts_with("22") || sqlstate.starts_with("23") || sqlstate == "54000";
}

bool is_transient_error(const std::string& sqlstate) {
  return sqlstate.starts_with("08") || sqlstate.starts_with("40") || sqlstate.starts_with("53") ||
         sqlstate.starts_with("55") || sqlstate.starts_with("57") || sqlstate.starts_with("58") ||
         sqlstate == "25006" ||  // read-only: the server has just become a standby
         sqlstate == "25P03" ||  // this host paused in a transaction, and the server ended it
         sqlstate == "0A000";    // the tables of a cached plan have changed
}

// An idle server sends nothing: a readable socket means that the server has closed the connection, or will.
bool is_closed_by_server(PooledConnection& connection) {
  pollfd socket{connection.raw().sock(), POLLIN, 0};
  return !connection.raw().is_open() || poll(&socket, 1, 0) != 0;
}

// A pooler reports a process id of its own.
bool is_own_session(pqxx::connection& connection) {
  pqxx::nontransaction transaction(connection);
  return transaction.exec1("SELECT pg_backend_pid()")[0].as<int>() == connection.backendpid();
}

std::string quote_option(const std::string& value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

}  // namespace

std::string complete_conninfo(const Secret& url) {
  std::map<std::string, std::string> options = {
      {"connect_timeout", "3"},
      {"tcp_user_timeout", "10000"},  // ms until an unresponsive peer counts as gone
      {"keepalives_idle", "30"},
      {"target_session_attrs", "read-write"},
      {"application_name", "message-orchestrator"},
      {"client_encoding", "UTF8"},  // whatever the database's encoding
  };
  char* error = nullptr;
  PQconninfoOption* parsed = PQconninfoParse(url.reveal().c_str(), &error);
  if (parsed == nullptr) {
    PQfreemem(error);  // may quote the text, password included
    throw std::invalid_argument("DATABASE_URL is neither a postgresql:// URL nor key=value text");
  }
  for (const PQconninfoOption* option = parsed; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) options[option->keyword] = option->val;
  }
  PQconninfoFree(parsed);

  std::string conninfo;
  for (const auto& [keyword, value] : options) conninfo += keyword + "=" + quote_option(value) + " ";
  return conninfo;
}

PooledConnection::PooledConnection(const std::string& conninfo, bool may_cache_plans) : raw_(conninfo) {
// Deprecated without a successor in libpqxx 6: version 7 never reconnects by itself.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  raw_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  caches_plans_ = may_cache_plans && is_own_session(raw_);
  if (caches_plans_) pqxx::nontransaction(raw_).exec(kPlanCacheSettings);
}

void PooledConnection::discard_old_plans() {
  const auto now = std::chrono::steady_clock::now();
  if (!caches_plans_ || now - planned_at_ < kMaxPlanAge) return;
  pqxx::nontransaction(raw_).exec("DISCARD PLANS");
  planned_at_ = now;
}

void PooledConnection::limit_lock_waits() {
  if (limits_lock_waits_) return;
  pqxx::nontransaction(raw_).exec("SET lock_timeout = '1s'");
  limits_lock_waits_ = true;
}

const std::string& PooledConnection::name_of(const std::string& statement) {
  const auto [known, is_new] = names_.try_emplace(statement);
  if (is_new) {
    known->second = "orchestrator_" + std::to_string(std::hash<std::string>{}(statement));
    raw_.prepare(known->second, statement);
  }
  return known->second;
}

Database::Database(const Secret& url, std::size_t max_connections, std::chrono::milliseconds acquire_timeout)
    : conninfo_(complete_conninfo(url)),
      max_connections_(max_connections),
      acquire_timeout_(acquire_timeout) {}

Database::~Database() = default;

std::unique_ptr<PooledConnection> Database::acquire() {
  std::unique_lock lock(mutex_);
  const bool free = released_.wait_for(lock, acquire_timeout_,
                                       [this] { return !idle_.empty() || open_ < max_connections_; });
  if (!free) throw Unavailable("All database connections are in use");
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (!is_closed_by_server(*connection)) return connection;
    --open_;
  }
  ++open_;
  lock.unlock();
  try {
    auto connection = std::make_unique<PooledConnection>(conninfo_, may_cache_plans_);
    if (!connection->caches_plans()) disable_plan_cache();
    return connection;
  } catch (const std::exception& failure) {
    lock.lock();
    --open_;
    lock.unlock();
    released_.notify_one();
    throw Unavailable(std::string("Cannot connect to the database: ") + failure.what());
  }
}

void Database::release(std::unique_ptr<PooledConnection> connection, bool reusable) {
  std::vector<std::unique_ptr<PooledConnection>> dropped;
  {
    const std::lock_guard lock(mutex_);
    if (reusable) {
      idle_.push_back(std::move(connection));
    } else {
      // Idle connections most likely lead to the same failed server.
      open_ -= 1 + idle_.size();
      dropped.swap(idle_);
    }
  }
  released_.notify_one();
}

void rethrow_as_storage_error(bool& connection_is_good) {
  connection_is_good = false;
  try {
    throw;
  } catch (const Unavailable&) {
    throw;
  } catch (const pqxx::in_doubt_error& failure) {
    throw OutcomeUnknown(failure.what());
  } catch (const pqxx::broken_connection& failure) {
    throw ConnectionLost(failure.what());
  } catch (const pqxx::sql_error& failure) {
    const std::string& sqlstate = failure.sqlstate();
    const std::string text = sqlstate + ": " + failure.what();
    if (sqlstate.empty()) throw ConnectionLost(text);  // libpq failed, not the server
    if (is_data_error(sqlstate)) {
      connection_is_good = true;
      throw BadData(sqlstate, text);
    }
    if (sqlstate == "55P03") {
      connection_is_good = true;
      throw Locked(text);
    }
    if (sqlstate == "26000" || sqlstate == "42P05") throw SessionShared(text);
    // The server may have ended the session after the commit, before its answer.
    if (sqlstate.starts_with("08") || sqlstate.starts_with("57P")) throw ConnectionLost(text);
    if (is_transient_error(sqlstate)) throw Unavailable(text);
    connection_is_good = true;
    throw StatementFailed(text + "\n" + failure.query());
  } catch (const pqxx::transaction_rollback& failure) {
    connection_is_good = true;
    throw Unavailable(failure.what());
  } catch (const pqxx::failure& failure) {
    throw Unavailable(failure.what());
  }
}

Database::Time Database::measure_time() {
  return in_single_read(*this, [](SingleRead& transaction) {
    const auto asked = BootClock::now();
    const auto row = transaction.exec1("SELECT orchestrator.micros(clock_timestamp())");
    return Time{instant_from(row[0]), asked, BootClock::now()};
  });
}

bool Database::is_ready() noexcept {
  try {
    return in_single_read(*this, [](SingleRead& transaction) {
      return !transaction.exec1("SELECT pg_is_in_recovery()")[0].as<bool>();
    });
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace orchestrator::storage
