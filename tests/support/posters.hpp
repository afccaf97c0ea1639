// A load: agents that post one message after the other, and remember which of them were acknowledged.
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

// Post from construction to stop(). Each agent has a connection and a user of its own.
class Posters {
 public:
  // Agent i posts for the user "poster_<i>", to the service on ports[i % ports.size()].
  Posters(const std::vector<int>& ports, int agents);
  ~Posters();
  Posters(const Posters&) = delete;
  Posters& operator=(const Posters&) = delete;

  static void add_users(Sql& sql, int agents);

  void stop();

  // Answers with the status so far; 0: requests without an answer.
  int answers(int status) const;
  int refusals_without_retry_after() const { return without_retry_after_; }

  // Ids of acknowledged messages that the database does not have.
  std::vector<std::string> lost(Sql& sql) const;

 private:
  void post(int port, int agent);

  mutable std::mutex mutex_;  // guards the two below
  std::map<int, int> answers_;
  std::set<std::string> acknowledged_;

  std::atomic<int> without_retry_after_ = 0;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace orchestrator::support
