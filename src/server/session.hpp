// One client's connection and how far its current request has come. A session has one owner at a time: the
// connection poller, the worker pool's queue, or the worker that serves it.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "server/application.hpp"
#include "server/connection.hpp"
#include "server/quota.hpp"
#include "server/request_head.hpp"

namespace orchestrator::server {

struct Session {
  Session(Socket socket, ConnectionLimits limits, Quota& connections, Quota& memory)
      : place(connections), connection(std::move(socket), limits, memory) {}

  Reservation place;  // one of the connections that may be open
  Connection connection;
  std::optional<RequestHead> head;       // of a request whose body is incomplete; refers to the connection
  std::optional<BodyReceiver> receiver;  // of that body, if it is not collected by the connection
  std::size_t requests_answered = 0;
  bool is_ending = false;  // no further request is read
};

}  // namespace orchestrator::server
