// The interface between the server and the application that answers its requests.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
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

// All functions are called from many threads at once and must not throw.
struct Application {
  // Called with each request head, before the body is read. Returns the largest body that is accepted, or a
  // refusal, after which the connection closes without reading the body.
  std::function<std::variant<BodyLimit, Response>(const RequestHead&)> admit;

  std::function<Response(const Request&)> answer;

  // Formats the server's own refusals: malformed requests, exceeded limits and deadlines.
  std::function<Response(const Rejection&)> refuse;
};

}  // namespace orchestrator::server
