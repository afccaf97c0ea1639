// What the server serves: the application behind it, as functions.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <variant>

#include "orchestrator/rejection.hpp"
#include "server/request_head.hpp"
#include "server/response.hpp"

namespace orchestrator::server {

// A request whose body has arrived. Refers to the connection's buffer; valid while it is answered.
struct Request {
  const RequestHead& head;
  std::string body = {};
};

struct BodyLimit {
  std::size_t bytes = 0;
};

// All functions are called from many threads at once and must not throw.
struct Application {
  // Asked when a request head has arrived, before its body is read: the largest body that is accepted, or the
  // refusal. The body of a refused request is not read; the connection closes.
  std::function<std::variant<BodyLimit, Response>(const RequestHead&)> admit;

  std::function<Response(const Request&)> answer;

  // Words a refusal of the server's own: malformed requests, exceeded limits and deadlines.
  std::function<Response(const Rejection&)> refuse;
};

}  // namespace orchestrator::server
