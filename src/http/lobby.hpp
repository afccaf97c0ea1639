// Where sessions wait for their clients: one thread for all of them, so that a client that is silent,
// trickles or does not read holds a little memory and no worker.
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

#include "http/session.hpp"
#include "http/socket.hpp"

namespace orchestrator::http {

// Safe for concurrent use. Throws std::system_error when it cannot be made.
class Lobby {
 public:
  using CallIn = std::function<void(std::unique_ptr<Session>)>;

  // `call_in` gets each session back as soon as its client has done what it waits for, or has not in time. It
  // is called by the lobby's thread and must not throw.
  explicit Lobby(CallIn call_in);
  ~Lobby();

  void wait(std::unique_ptr<Session> session);

  // From now on, calls nobody in: whoever has an answer to get gets it, all others are shown out.
  void close();

  // Waits until all answers are taken, or the deadline; then shows everybody out.
  void finish(Connection::Deadline deadline);

 private:
  using Sessions = std::vector<std::unique_ptr<Session>>;

  void run();
  int patience_ms() const;  // until the next deadline; -1: for ever
  std::unique_ptr<Session> take(int descriptor);
  Sessions take_overdue();
  void call(std::unique_ptr<Session> session);
  void wake();

  const CallIn call_in_;
  const Socket events_;  // epoll: those who wait
  const Socket alarm_;   // eventfd: to wake the thread

  mutable std::mutex mutex_;  // guards what follows, up to the blank line
  std::condition_variable left_;
  std::map<int, std::unique_ptr<Session>> waiting_;           // by descriptor
  std::set<std::pair<Connection::Deadline, int>> deadlines_;  // of those
  bool is_closed_ = false;
  bool is_over_ = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace orchestrator::http
