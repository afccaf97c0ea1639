// One client's TCP connection: bytes in and out, each under a deadline and a budget, so that no client can
// hold a worker longer than the limits say.
// Used by one thread; only abort_reading() and abort() may come from another.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "http/socket.hpp"

namespace orchestrator::http {

struct ConnectionLimits {
  std::chrono::milliseconds idle{2'000};      // a connection may be silent for so long between requests
  std::chrono::milliseconds request{10'000};  // from a request's first byte to its last
  std::chrono::milliseconds write{10'000};    // for the client to take an answer
  std::chrono::milliseconds linger{500};      // for the client to notice that it was refused
};

class Connection {
 public:
  enum class Failure {
    closed,          // by the client, or silent for too long: nobody waits for an answer
    timed_out,       // the request did not come to its end in time
    head_too_large,  // no end of the head within kMaxHeadBytes
  };

  Connection(Socket socket, ConnectionLimits limits);

  // Waits for the next request; its head with the blank line at the end. Valid until the next call.
  std::variant<std::string_view, Failure> read_head();

  // The `length` bytes after the head, under the same deadline.
  std::variant<std::string, Failure> read_body(std::size_t length);

  // False when the client did not take everything in time, or is gone.
  bool write(std::string_view bytes);

  // Whether the client has closed its side, or abort_reading() was called: nobody waits for more of a stream.
  bool is_abandoned() const;

  // After a refusal: lets the answer arrive before the connection closes. Closing with unread bytes would
  // reset it, and the client would see an error instead of the answer.
  void linger();

  void abort_reading();  // what has arrived can still be read; then the connection reads as closed
  void abort();

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  enum class Received { some, none_in_time, end };

  Received wait_for_first_byte();
  Received receive(Deadline deadline);
  bool wait_until(short events, Deadline deadline) const;
  Received append(std::string_view chunk);

  const Socket socket_;
  const ConnectionLimits limits_;
  Deadline deadline_;  // of the request that is being read
  std::string inbox_;  // received, not consumed
  std::string head_;
};

}  // namespace orchestrator::http
