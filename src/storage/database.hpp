// A pool of connections to one PostgreSQL. The stores in this room borrow from it for one transaction each;
// no other room sees a connection.
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

class Connection;  // src/storage/transaction.hpp

// Safe for concurrent use. Opens connections when they are needed, keeps idle ones, drops broken ones; so it
// recovers by itself when the database comes back. Sessions of its own keep the plans of statements; behind a
// pooler it needs no session state, and works through PgBouncer in transaction mode.
class Database {
 public:
  // `url` is a libpq URL or key=value text, several hosts included. At most `max_connections` are open; who
  // needs one more waits up to `patience` for it.
  Database(const Secret& url, std::size_t max_connections,
           std::chrono::milliseconds patience = std::chrono::seconds{5});
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

  // For when the sessions turn out to be shared although they do not look it. Connections that are open are
  // not asked again: whoever meets one that keeps plans drops it.
  void keep_no_plans() { may_keep_plans_ = false; }

  // Whether the database answers and takes writes.
  bool is_ready() noexcept;

 private:
  friend class Lease;
  std::unique_ptr<Connection> acquire();
  void release(std::unique_ptr<Connection> connection, bool reusable);

  std::string conninfo_;
  std::size_t max_connections_;
  std::chrono::milliseconds patience_;
  std::atomic<bool> may_keep_plans_ = true;
  std::mutex mutex_;
  std::condition_variable released_;
  std::size_t open_ = 0;
  std::vector<std::unique_ptr<Connection>> idle_;
};

// `url` completed with what this program needs (time-outs, a writable server, its name), as libpq's
// key=value text. Throws std::invalid_argument when libpq cannot read it; what() does not hold the password.
std::string complete_conninfo(const Secret& url);

}  // namespace orchestrator::storage
