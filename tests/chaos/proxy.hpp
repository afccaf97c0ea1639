// A proxy between an instance and PostgreSQL that injects faults at commits. The program has no hook for
// this: the proxy recognises transactions by the protocol messages.
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

// The address of a PostgreSQL or a pooler.
struct Upstream {
  std::string host;  // an IPv4 address, or the directory of a unix socket
  int port = 5432;
};

// The instance behind a proxy. Called from the connections' threads.
struct ProxiedInstance {
  std::function<void()> kill;  // SIGKILL
  std::function<bool()> is_ending;
};

// Listens on loopback from construction to destruction, one thread per connection. When the upstream does not
// accept, the client's connection is closed at once.
class Proxy {
 public:
  Proxy(Upstream upstream, Failpoints& failpoints, ProxiedInstance instance);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  int port() const { return listener_.port(); }

  // What clients have sent and waited for so far: simple queries, and extended ones up to their Sync.
  std::size_t requests() const { return requests_; }

  // Closes all open connections; new ones are accepted.
  void cut_all();

 private:
  // Both ends of a connection and its protocol state.
  struct Session {
    server::Socket client;
    server::Socket server;
    FrameReader client_frames{FrameReader::Side::client};
    FrameReader server_frames{FrameReader::Side::server};
    OpenTransaction transaction;
    bool kill_after =
        false;  // kill when the response to the pending COMMIT arrives, instead of forwarding it
    bool cut_after = false;
  };

  void accept_all();
  void serve(Session& session);
  bool pass_on_to_server(Session& session);
  bool pass_on_to_client(Session& session);
  bool commit_faults(Session& session);

  std::atomic<std::size_t> requests_ = 0;
  const Upstream upstream_;
  Failpoints& failpoints_;
  const ProxiedInstance instance_;
  server::Listener listener_{"127.0.0.1", 0};
  std::mutex mutex_;  // guards sessions_
  std::list<Session*> sessions_;
  struct Worker {
    std::shared_ptr<std::atomic<bool>> has_ended = std::make_shared<std::atomic<bool>>(false);
    std::thread thread = {};
  };
  std::list<Worker> workers_;  // used by the acceptor's thread only
  bool stopping_ = false;
  std::thread acceptor_;
};

}  // namespace orchestrator::chaos
