// The HTTP/1.1 server: accepts connections, reads requests strictly and under deadlines, and hands them to
// the application. It knows no route.
//
// A connection that waits for its client (silent, sending slowly, not reading) is kept by the connection
// poller, one thread for all of them. A worker thread serves a session only while there is something to do.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "server/application.hpp"
#include "server/connection.hpp"

namespace orchestrator::server {

struct ServerLimits {
  ConnectionLimits connection = {};
  std::size_t workers = 256;                     // requests served at a time; each occupies a thread
  std::chrono::milliseconds worker_idle{5'000};  // after which a worker without work ends
  std::size_t connections = 1'280;               // open at a time; further ones are answered with 503
  std::size_t memory =
      std::size_t{64} * 1024 * 1024;  // bytes of large bodies and of responses not yet received
  std::size_t requests_per_connection = 10'000;
  std::chrono::milliseconds stop_grace{1'500};  // for responses in progress when the server stops
};

// Listens from construction to stop(), which may be called from any thread but a worker.
class Server {
 public:
  // Port 0 takes any free port. Throws std::runtime_error when it cannot listen.
  Server(const std::string& host, int port, Application application, ServerLimits limits = {});
  ~Server();

  int port() const;
  std::size_t workers() const;  // threads that serve at the moment

  // Accepts no further requests, completes those in progress, and returns when all threads have ended.
  void stop();

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace orchestrator::server
