// A load: agents that post messages sequentially and record which were acknowledged.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/sql.hpp"

namespace orchestrator::support {

// Posts from construction to stop(). Each agent has its own connection and user.
class Posters {
 public:
  // Agent i posts for the user "poster_<i>", to the service on ports[i % ports.size()].
  Posters(const std::vector<int>& ports, int agents);
  ~Posters();
  Posters(const Posters&) = delete;
  Posters& operator=(const Posters&) = delete;

  static void add_users(Sql& sql, int agents);

  void stop();

  // The number of responses with this status so far; 0: requests without a response.
  int answers(int status) const;
  int refusals_without_retry_after() const { return without_retry_after_; }

  // The ids of acknowledged messages that are missing in the database.
  std::vector<std::string> lost(Sql& sql) const;

 private:
  void post(int port, int agent);

  mutable std::mutex mutex_;  // guards the two members below
  std::map<int, int> answers_;
  std::set<std::string> acknowledged_;

  std::atomic<int> without_retry_after_ = 0;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace orchestrator::support
