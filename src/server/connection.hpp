// One client's TCP connection: bytes in and out, each under a deadline and a budget. Nothing here waits for
// the client but await_next(), for a moment, and write(), while an earlier answer is not sent yet; whoever
// has to wait lets the lobby do it.
// Used by one thread at a time; only abort_reading() and abort() may come from another.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/quota.hpp"
#include "server/socket.hpp"

namespace orchestrator::server {

struct ConnectionLimits {
  std::chrono::milliseconds idle{2'000};      // a connection may be silent for so long between requests
  std::chrono::milliseconds request{10'000};  // from a request's first byte to its last
  std::chrono::milliseconds write{10'000};    // for the client to take an answer
  std::chrono::milliseconds linger{500};      // for the client to notice that the connection ends
  std::chrono::milliseconds moment{10};       // in which the next request of a busy client comes
};

class Connection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  enum class Failure {
    incomplete,      // more must come first
    closed,          // by the client, or silent for too long: nobody waits for an answer
    timed_out,       // the request did not come to its end in time
    head_too_large,  // no end of the head within kMaxHeadBytes
    no_memory,       // too much is held for others
  };

  // `memory` is what all connections together may hold of large requests and answers; must outlive this.
  Connection(Socket socket, ConnectionLimits limits, Quota& memory);

  // The next request's head with the blank line at the end. Valid until the next call.
  std::variant<std::string_view, Failure> read_head();

  // The `length` bytes after the head, under the same deadline.
  std::variant<std::string, Failure> read_body(std::size_t length);

  // Waits a moment for the next request: of a busy client it comes at once.
  void await_next();

  // Sends what the client takes and keeps the rest for flush(). What was kept before is waited for: a stream
  // cannot run ahead of its client. False when the client has gone or did not take it in time.
  bool write(std::string_view bytes);
  bool flush();
  bool has_unsent() const { return !unsent_.empty(); }

  // At the end, again and again: lets the last answer arrive before the connection closes. Closing with
  // unread bytes would reset it, and the client would see an error instead of the answer. False: close.
  bool linger();

  // Whether the client has closed its side, or abort_reading() was called: nobody waits for more of a stream.
  bool is_abandoned() const;

  // When waiting is over, and for what: for the client to take bytes, else for it to send some.
  Deadline deadline() const { return deadline_; }
  int descriptor() const { return socket_.descriptor(); }

  void abort_reading();  // what has arrived can still be read; then the connection reads as closed
  void abort();

 private:
  void drop_blank_lines();
  std::optional<Failure> receive(std::size_t most);  // nothing when bytes came
  std::optional<Failure> append(std::string_view chunk);
  std::optional<std::size_t> send(
      std::string_view bytes);  // how many were taken; nothing: the client is gone
  bool send_unsent();
  bool count_memory(std::size_t bytes);

  const Socket socket_;
  const ConnectionLimits limits_;
  Reservation memory_;
  Deadline deadline_;
  bool has_begun_ = false;  // a request has
  bool is_lingering_ = false;
  std::size_t discarded_ = 0;
  std::string inbox_;         // received, not consumed
  std::size_t searched_ = 0;  // of the inbox, for the end of the head
  std::string head_;
  std::string unsent_;
};

}  // namespace orchestrator::server
