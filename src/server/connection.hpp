// One client's TCP connection: reads requests and writes responses under deadlines and a memory quota.
//
// Only two functions block: await_next_request(), for a few milliseconds, and write(), while an earlier
// response is unsent. All others report Failure::incomplete or has_unsent(); the caller then hands the
// session to the connection poller. For use by one thread at a time, except abort_reading() and abort(),
// which any thread may call.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/quota.hpp"
#include "server/socket.hpp"

namespace orchestrator::server {

struct ConnectionLimits {
  std::chrono::milliseconds idle{2'000};      // between two requests
  std::chrono::milliseconds request{10'000};  // from the first byte of a request to its last
  std::chrono::milliseconds write{10'000};    // for the client to receive a response
  std::chrono::milliseconds linger{500};      // from the last response to the close of the connection
  // How long a worker waits for the next request before it gives the connection to the poller.
  std::chrono::milliseconds next_request{10};
};

class Connection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  enum class Failure {
    incomplete,      // more bytes have to arrive first
    closed,          // by the client or after the idle timeout; a response is not expected
    timed_out,       // the request did not arrive completely before the deadline
    head_too_large,  // the request head exceeds kMaxHeadBytes
    no_memory,       // the memory quota is exhausted
  };

  // `memory` bounds the large requests and unsent responses of all connections; it must outlive this.
  Connection(Socket socket, ConnectionLimits limits, Quota& memory);

  // The head of the next request, including the blank line at its end. Valid until the next call.
  std::variant<std::string_view, Failure> read_head();

  // The `length` bytes after the head, under the same deadline.
  std::variant<std::string, Failure> read_body(std::size_t length);

  // Passes the `length` bytes after the head to `receive` as they arrive, under the same deadline. Called
  // again after `incomplete`, it continues. The memory quota counts what `receive` returns: the bytes that
  // are kept.
  std::optional<Failure> pass_body(std::size_t length,
                                   const std::function<std::size_t(std::string_view)>& receive);

  // Waits for the next request, at most limits.next_request: a busy client sends it immediately, and a short
  // wait costs less than a round trip through the poller.
  void await_next_request();

  // Sends the bytes that the socket accepts and buffers the rest for flush(). Blocks until earlier bytes are
  // sent, so that a stream cannot get ahead of its client. False when the client has closed the connection,
  // did not receive the earlier bytes before the deadline, or the memory quota is exhausted.
  bool write(std::string_view bytes);

  // Sends buffered bytes without blocking. False when the connection has failed or the deadline has passed.
  bool flush();
  bool has_unsent() const { return !unsent_.empty(); }

  // Called repeatedly after the last response: ends the sending direction and discards what the client still
  // sends, until the client closes or limits.linger has passed. close() with unread bytes would reset the
  // connection, and the client could lose the response. False: the connection may be closed.
  bool linger();

  // Whether the client has closed its side or abort_reading() was called, so that a stream has to end.
  bool is_abandoned() const;

  // Until when the client must have received the unsent bytes, or have sent the bytes that are read next.
  Deadline deadline() const { return deadline_; }
  int descriptor() const { return socket_.descriptor(); }

  void abort_reading();  // after the bytes that have arrived, the connection reads as closed
  void abort();          // in both directions

 private:
  void drop_empty_lines();
  std::optional<Failure> receive(std::size_t max_bytes);  // nullopt when bytes arrived
  std::optional<Failure> append(std::string_view bytes);
  std::optional<std::size_t> send(std::string_view bytes);  // bytes sent; nullopt: the connection has failed
  bool send_unsent();
  bool reserve_memory(std::size_t bytes);

  const Socket socket_;
  const ConnectionLimits limits_;
  Reservation memory_;
  Deadline deadline_;
  bool is_request_started_ = false;
  bool is_lingering_ = false;
  std::size_t discarded_bytes_ = 0;
  std::string received_;            // and not yet consumed
  std::size_t searched_bytes_ = 0;  // of received_, without an end of the head in them
  std::size_t passed_bytes_ = 0;    // of the body that is passed on at the moment
  std::size_t kept_bytes_ = 0;      // of them, by the receiver
  std::string head_;
  std::string unsent_;
};

}  // namespace orchestrator::server
