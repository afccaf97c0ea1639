// A pool of connections to one PostgreSQL. Each store borrows a connection for one transaction; no other room
// sees a connection.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "orchestrator/clock.hpp"
#include "orchestrator/instant.hpp"
#include "orchestrator/secret.hpp"

namespace orchestrator::storage {

class PooledConnection;  // src/storage/connection.hpp

// Safe for concurrent use. Opens connections on demand, keeps idle ones and drops broken ones, so that it
// recovers by itself when the database comes back. Its sessions cache the plans of statements; behind a
// pooler it uses no session state, and works through PgBouncer in transaction mode.
class Database {
 public:
  // `url` is a libpq URL or key=value text, several hosts included. At most `max_connections` are open; a
  // caller that needs another waits up to `acquire_timeout` for it.
  Database(const Secret& url, std::size_t max_connections,
           std::chrono::milliseconds acquire_timeout = std::chrono::seconds{5});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  struct Time {
    Instant database_now;  // read between these two
    BootClock::time_point asked;
    BootClock::time_point answered;
  };
  // Throws Unavailable when the database does not answer.
  Time measure_time();

  // For sessions that turn out to be shared although they did not look shared. Open connections are not
  // checked again; one that still caches plans is dropped when a statement fails on it.
  void disable_plan_cache() { may_cache_plans_ = false; }
  bool may_cache_plans() const { return may_cache_plans_; }

  // Whether the database answers and accepts writes.
  bool is_ready() noexcept;

 private:
  friend class ConnectionLoan;
  std::unique_ptr<PooledConnection> acquire();
  void release(std::unique_ptr<PooledConnection> connection, bool reusable);

  std::string conninfo_;
  std::size_t max_connections_;
  std::chrono::milliseconds acquire_timeout_;
  std::atomic<bool> may_cache_plans_ = true;
  std::mutex mutex_;  // guards open_ and idle_
  std::condition_variable released_;
  std::size_t open_ = 0;
  std::vector<std::unique_ptr<PooledConnection>> idle_;
};

// `url` completed with what this program needs (timeouts, a writable server, its name), as libpq's key=value
// text. Throws std::invalid_argument when libpq cannot read it; what() does not contain the password.
std::string complete_conninfo(const Secret& url);

}  // namespace orchestrator::storage
