// HTTP/1.1 on a session: reads a request, calls the application, writes the response.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>

#include "server/application.hpp"
#include "server/session.hpp"

namespace orchestrator::server {

// Safe for concurrent use with different sessions. The application must outlive it.
class HttpProtocol {
 public:
  HttpProtocol(const Application& application, std::size_t max_requests_per_connection)
      : application_(application), max_requests_(max_requests_per_connection) {}

  // What the caller does next with the session.
  enum class Next {
    advance,  // call advance() again
    yield,    // call advance() again after the other sessions that are queued for a worker
    wait,     // until the client has sent or received bytes, or the deadline
    close,
  };

  // One step: flush, read or answer. Blocks on the client only during a stream.
  Next advance(Session& session);

  // The response to a connection that exceeds the server's bounds.
  Response overloaded() const;

  // Sessions no longer wait for further requests.
  void begin_stop() { is_stopping_ = true; }

  // While set, a session yields after each response.
  void set_crowded(bool is_crowded) { is_crowded_ = is_crowded; }

 private:
  std::optional<Next> read_request_head(Session& session);
  Next answer(Session& session, std::string body);
  Response respond(const Request& request, std::optional<BodyReceiver> receiver) const;
  Next handle_failure(Session& session, Connection::Failure failure);
  Next refuse(Session& session, const Response& refusal, bool omits_body = false);

  const Application& application_;
  const std::size_t max_requests_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<bool> is_crowded_ = false;
};

}  // namespace orchestrator::server
