// Threads that serve sessions. The pool grows while sessions wait and shrinks when threads are idle.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "server/session.hpp"

namespace orchestrator::server {

// Safe for concurrent use.
class WorkerPool {
 public:
  struct Options {
    std::size_t max_workers = 1;
    std::chrono::milliseconds idle_timeout{5'000};  // after which a worker without work ends
  };

  // `serve` is called by the workers, each time with one session. `crowding_changed` is called, under the
  // pool's lock, with whether sessions wait although all workers are busy.
  WorkerPool(Options options, std::function<void(std::unique_ptr<Session>)> serve,
             std::function<void(bool)> crowding_changed);
  ~WorkerPool();

  void enqueue(std::unique_ptr<Session> session);

  std::size_t workers() const;

  // From now on no session is accepted.
  void close();

  // Waits until no session is queued and no worker is busy, or until the deadline; then drops what is queued.
  void drain(std::chrono::steady_clock::time_point deadline);

  // Waits for all threads. Needs close().
  void join();

 private:
  using Workers = std::list<std::thread>;

  void start_worker();
  void run_worker(Workers::iterator place);
  std::unique_ptr<Session> next_session(Workers::iterator place);
  void update_crowding();

  const Options options_;
  const std::function<void(std::unique_ptr<Session>)> serve_;
  const std::function<void(bool)> crowding_changed_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable work_arrived_;
  std::condition_variable became_idle_;
  std::deque<std::unique_ptr<Session>> ready_;
  Workers workers_;
  Workers finished_;  // threads that have ended, or are about to
  std::size_t idle_workers_ = 0;
  bool is_closed_ = false;
};

}  // namespace orchestrator::server
