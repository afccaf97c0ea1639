// The HTTP server: cpp-httplib's request and response, behind a door of our own. cpp-httplib 0.11.4 can be
// talked into reading a request wrongly and held by a client that trickles, so this server accepts the
// connections, reads heads and bodies itself, strictly and under deadlines, and leaves to cpp-httplib the
// query text and the writing of answers. A worker has a session only while there is something to do: it never
// waits for a client, the lobby does.
#pragma once

#include <httplib.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "http/answer.hpp"
#include "http/connection.hpp"
#include "http/head.hpp"

namespace orchestrator::http {

struct BodyLimit {
  std::size_t bytes = 0;
};

// What is served. Both functions are called from many threads at once and must not throw.
struct Application {
  // Asked when a head has come, before its body is read: how much body may come, or why the request is
  // refused. A refused request's body is not read; the connection closes.
  std::function<std::variant<BodyLimit, Refusal>(const RequestHead&)> admit;

  // The headers are as they were sent (cpp-httplib would percent-decode them), but for those that would
  // make cpp-httplib compress or cut answers.
  std::function<void(const httplib::Request&, httplib::Response&)> answer;
};

struct ServerLimits {
  ConnectionLimits connection = {};
  std::size_t workers = 256;                           // requests served at a time; each holds a thread
  std::chrono::milliseconds worker_idle{5'000};        // until a worker without work ends
  std::size_t connections = 1'280;                     // open ones; more get 503
  std::size_t memory = std::size_t{64} * 1024 * 1024;  // bytes, of large bodies and of answers not taken yet
  std::size_t requests_per_connection = 10'000;
  std::chrono::milliseconds stop_grace{1'500};  // for answers under way when the server stops
};

// Listens from construction to stop(), which may be called from any thread but a worker.
class Server {
 public:
  // Port 0 takes any free one. Throws std::runtime_error when it cannot listen there.
  Server(const std::string& host, int port, Application application, ServerLimits limits = {});
  ~Server();

  int port() const;
  std::size_t workers() const;  // threads that serve at the moment

  // Takes no more requests, finishes those under way, and returns when all threads have ended.
  void stop();

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace orchestrator::http
