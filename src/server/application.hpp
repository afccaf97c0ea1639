// The interface between the server and the application that answers its requests.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "orchestrator/rejection.hpp"
#include "server/request_head.hpp"
#include "server/response.hpp"

namespace orchestrator::server {

// A complete request. Refers to the connection's buffer; valid during Application::answer.
struct Request {
  const RequestHead& head;
  std::string body = {};
};

struct BodyLimit {
  std::size_t bytes = 0;
};

// Takes a body while it arrives, so that it need not be kept as a whole. For one request; used by one thread
// at a time. The functions must not throw.
struct BodyReceiver {
  BodyLimit limit;

  // Gets the next bytes of the body. Returns how many bytes are kept in memory because of the body; they
  // count against the server's memory quota.
  std::function<std::size_t(std::string_view)> receive;

  // Called after the last byte, in place of Application::answer; Request::body is empty.
  std::function<Response(const Request&)> answer;
};

using Admission = std::variant<BodyLimit, BodyReceiver, Response>;

// All functions are called from many threads at once and must not throw.
struct Application {
  // Called with each request head, before the body is read. Returns the largest body that is accepted, or
  // what receives the body, or a refusal, after which the connection closes without reading the body.
  std::function<Admission(const RequestHead&)> admit;

  std::function<Response(const Request&)> answer;

  // Formats the server's own refusals: malformed requests, exceeded limits and deadlines.
  std::function<Response(const Rejection&)> refuse;
};

}  // namespace orchestrator::server
