// Owns the sessions that wait for their clients. One thread polls them all with epoll, so that a client that
// is silent, sends slowly or does not read occupies little memory and no worker.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "server/session.hpp"
#include "server/socket.hpp"

namespace orchestrator::server {

// Safe for concurrent use. Throws std::system_error when it cannot be created.
class ConnectionPoller {
 public:
  using Resume = std::function<void(std::unique_ptr<Session>)>;

  // `resume` receives each session once its client has sent or received what the session waits for, or its
  // deadline has passed. It is called by the poller's thread and must not throw.
  explicit ConnectionPoller(Resume resume);
  ~ConnectionPoller();

  void wait(std::unique_ptr<Session> session);

  // From now on resumes no session: those with unsent response bytes are kept until these are sent, all
  // others are closed.
  void close();

  // Waits until all responses are sent, or until the deadline; then closes the sessions that are left.
  void finish(Connection::Deadline deadline);

 private:
  using Sessions = std::vector<std::unique_ptr<Session>>;

  void run();
  int timeout_ms() const;  // until the next deadline; -1: none
  std::unique_ptr<Session> take(int descriptor);
  Sessions take_overdue();
  void resume(std::unique_ptr<Session> session);
  void wake();

  const Resume resume_;
  const Socket epoll_;    // watches the descriptors of waiting_
  const Socket wake_up_;  // eventfd: interrupts epoll_wait

  mutable std::mutex mutex_;  // guards what follows, up to the blank line
  std::condition_variable drained_;
  std::map<int, std::unique_ptr<Session>> waiting_;           // by descriptor
  std::set<std::pair<Connection::Deadline, int>> deadlines_;  // of waiting_
  bool is_closed_ = false;
  bool is_finished_ = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace orchestrator::server
