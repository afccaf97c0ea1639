// One client's connection, and how far its request has come. It is always in one place only: in the lobby,
// with a worker, or on its way between them.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "http/budget.hpp"
#include "http/connection.hpp"
#include "http/head.hpp"

namespace orchestrator::http {

struct Session {
  Session(Socket socket, ConnectionLimits limits, Budget& places, Budget& memory)
      : place(places), connection(std::move(socket), limits, memory) {}

  Share place;  // among the connections that may be open
  Connection connection;
  std::optional<RequestHead> head;  // of the request whose body is still to come; refers to the connection
  std::size_t requests = 0;         // answered
  bool is_ending = false;           // nothing is read any more
};

}  // namespace orchestrator::http
