#include "server/worker_pool.hpp"

#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include "logging/logging.hpp"

namespace orchestrator::server {

WorkerPool::WorkerPool(Options options, std::function<void(std::unique_ptr<Session>)> serve,
                       std::function<void(bool)> crowding_changed)
    : options_(options), serve_(std::move(serve)), crowding_changed_(std::move(crowding_changed)) {}

WorkerPool::~WorkerPool() {
  close();
  join();
}

void WorkerPool::enqueue(std::unique_ptr<Session> session) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return;
  ready_.push_back(std::move(session));
  if (ready_.size() > idle_workers_ && workers_.size() < options_.max_workers) start_worker();
  update_crowding();
  work_arrived_.notify_one();
}

std::size_t WorkerPool::workers() const {
  const std::lock_guard lock(mutex_);
  return workers_.size();
}

void WorkerPool::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  work_arrived_.notify_all();
}

void WorkerPool::drain(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  became_idle_.wait_until(lock, deadline,
                          [this] { return ready_.empty() && idle_workers_ == workers_.size(); });
  ready_.clear();
}

void WorkerPool::join() {
  std::unique_lock lock(mutex_);
  for (Workers* workers : {&workers_, &finished_}) {
    while (!workers->empty()) {
      std::thread worker = std::move(workers->front());
      workers->pop_front();
      lock.unlock();
      worker.join();
      lock.lock();
    }
  }
}

void WorkerPool::start_worker() {
  for (std::thread& worker : finished_) worker.join();
  finished_.clear();
  try {
    const auto place = workers_.emplace(workers_.end());
    *place = std::thread([this, place] { run_worker(place); });
  } catch (const std::system_error& error) {
    workers_.pop_back();
    logging::error(std::string("Starting an HTTP worker thread failed: ") + error.what());
  }
}

void WorkerPool::update_crowding() {
  crowding_changed_(workers_.size() == options_.max_workers && ready_.size() > idle_workers_);
}

void WorkerPool::run_worker(Workers::iterator place) {
  while (auto session = next_session(place)) {
    try {
      serve_(std::move(session));
    } catch (const std::exception& error) {
      logging::error(std::string("Serving an HTTP connection failed; it is closed: ") + error.what());
    }
  }
}

// Null when the worker has to end.
std::unique_ptr<Session> WorkerPool::next_session(Workers::iterator place) {
  std::unique_lock lock(mutex_);
  ++idle_workers_;
  if (is_closed_) became_idle_.notify_all();
  work_arrived_.wait_for(lock, options_.idle_timeout, [this] { return is_closed_ || !ready_.empty(); });
  if (ready_.empty()) {
    if (is_closed_) return nullptr;  // join() waits for this thread; it stays counted as idle
    --idle_workers_;
    finished_.splice(finished_.end(), workers_, place);
    return nullptr;
  }
  --idle_workers_;
  auto session = std::move(ready_.front());
  ready_.pop_front();
  update_crowding();
  return session;
}

}  // namespace orchestrator::server
