// Writes a response to a connection: complete, or as a stream.
#pragma once

#include "server/connection.hpp"
#include "server/response.hpp"

namespace orchestrator::server {

struct WriteOptions {
  bool closes = false;       // the connection closes after this response
  bool omits_body = false;   // the request was HEAD
  bool is_http_1_0 = false;  // has no chunks: a stream ends when the connection closes
};

// False when Connection::write() fails or the stream's client has closed. A complete response is passed to
// one send(), so that a small one is one packet; what the socket does not accept stays in the connection's
// buffer.
bool write_response(Connection& connection, const Response& response, const WriteOptions& options);

}  // namespace orchestrator::server
