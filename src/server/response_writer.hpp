// Writes responses to a connection: whole, or as a stream in chunks.
#pragma once

#include "server/connection.hpp"
#include "server/response.hpp"

namespace orchestrator::server {

struct WriteOptions {
  bool closes = false;       // the connection closes after this response
  bool omits_body = false;   // the request was HEAD
  bool is_http_1_0 = false;  // which knows no chunks: a stream ends with its connection
};

// False when the client has gone or did not take the bytes in time. A whole response is written at once, so
// that a small one is one packet; what the client does not take yet stays with the connection.
bool write_response(Connection& connection, const Response& response, const WriteOptions& options);

}  // namespace orchestrator::server
