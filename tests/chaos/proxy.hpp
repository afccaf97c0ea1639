// Stands between an instance and PostgreSQL, and strikes at its commits. The program has no hook for this:
// what is said over the wire tells which transaction it is.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "chaos/failpoints.hpp"
#include "chaos/wire.hpp"
#include "server/socket.hpp"

namespace orchestrator::chaos {

// Where a PostgreSQL, or a pooler, listens.
struct Upstream {
  std::string host;  // an IPv4 address, or the directory of a unix socket
  int port = 5432;
};

// The instance behind a proxy. Called from the threads of connections.
struct Victim {
  std::function<void()> kill;  // SIGKILL
  std::function<bool()> is_ending;
};

// Listens on loopback from construction to destruction. Each connection has a thread. Where the upstream does
// not answer, connections end at once, as they would there.
class Proxy {
 public:
  Proxy(Upstream upstream, Failpoints& failpoints, Victim victim);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  int port() const { return listener_.port(); }

  // Ends all connections that are open; new ones are taken.
  void cut_all();

 private:
  // Both ends of a connection, and what is known of it.
  struct Session {
    server::Socket client;
    server::Socket server;
    FrameReader said{FrameReader::Side::client};
    FrameReader answered{FrameReader::Side::server};
    OpenTransaction transaction;
    bool kill_after = false;  // the answer to a COMMIT is awaited, and is not to be passed on
    bool cut_after = false;
  };

  void accept_all();
  void serve(Session& session);
  bool pass_on_to_server(Session& session);
  bool pass_on_to_client(Session& session);
  bool strikes(Session& session);

  const Upstream upstream_;
  Failpoints& failpoints_;
  const Victim victim_;
  server::Listener listener_{"127.0.0.1", 0};
  std::mutex mutex_;  // guards sessions_
  std::list<Session*> sessions_;
  struct Worker {
    std::shared_ptr<std::atomic<bool>> has_ended = std::make_shared<std::atomic<bool>>(false);
    std::thread thread = {};
  };
  std::list<Worker> workers_;  // of the acceptor's thread
  bool stopping_ = false;
  std::thread acceptor_;
};

}  // namespace orchestrator::chaos
