#include "server/connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "server/request_head.hpp"

namespace orchestrator::server {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t kReadBytes = std::size_t{16} * 1024;
constexpr std::size_t kMaxLingerBytes = std::size_t{4} * 1024 * 1024;
// Not counted against the memory quota, so that small requests are served even when it is exhausted.
constexpr std::size_t kUncountedBytes = std::size_t{8} * 1024;
using ReadBuffer = std::array<char, kReadBytes>;

timeval to_timeval(std::chrono::milliseconds duration) {
  return {.tv_sec = duration.count() / 1000, .tv_usec = duration.count() % 1000 * 1000};
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

bool can_write_before(int descriptor, Connection::Deadline deadline) {
  pollfd request{.fd = descriptor, .events = POLLOUT, .revents = 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    const int ready = ::poll(&request, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace

Connection::Connection(Socket socket, ConnectionLimits limits, Quota& memory)
    : socket_(std::move(socket)),
      limits_(limits),
      memory_(memory),
      deadline_(steady_clock::now() + limits.idle) {
  const timeval timeout = to_timeval(limits_.next_request);
  ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

std::variant<std::string_view, Connection::Failure> Connection::read_head() {
  if (!received_.empty() &&
      !std::exchange(is_request_started_, true)) {  // pipelined: it arrived with the previous request
    deadline_ = steady_clock::now() + limits_.request;
  }
  for (;;) {
    drop_empty_lines();
    const std::size_t end = received_.find("\r\n\r\n", searched_bytes_);
    if (end != std::string::npos && end + 4 <= kMaxHeadBytes) {
      head_.assign(received_, 0, end + 4);
      received_.erase(0, end + 4);
      searched_bytes_ = 0;
      return std::string_view(head_);
    }
    if (received_.size() >= kMaxHeadBytes) return Failure::head_too_large;
    searched_bytes_ = received_.size() < 3 ? 0 : received_.size() - 3;
    if (const auto failure = receive(kReadBytes)) return *failure;
  }
}

std::variant<std::string, Connection::Failure> Connection::read_body(std::size_t length) {
  received_.reserve(length);  // one allocation; pages are not resident until bytes arrive
  while (received_.size() < length) {
    if (const auto failure = receive(length - received_.size())) return *failure;
  }
  is_request_started_ = false;
  std::string next = received_.substr(length);
  received_.resize(length);
  return std::exchange(received_, std::move(next));
}

std::optional<Connection::Failure> Connection::pass_body(
    std::size_t length, const std::function<std::size_t(std::string_view)>& receive_piece) {
  while (passed_bytes_ < length) {
    if (received_.empty()) {
      if (const auto failure = receive(length - passed_bytes_)) return failure;
    }
    const auto piece = std::string_view(received_).substr(0, length - passed_bytes_);
    kept_bytes_ = receive_piece(piece);
    passed_bytes_ += piece.size();
    received_.erase(0, piece.size());
    if (!reserve_memory(kept_bytes_ + received_.size())) return Failure::no_memory;
  }
  is_request_started_ = false;
  passed_bytes_ = 0;
  kept_bytes_ = 0;  // stays reserved until the response is written
  return std::nullopt;
}

void Connection::await_next_request() {
  if (!received_.empty() || has_unsent()) return;
  ReadBuffer buffer;
  const ssize_t size = ::recv(socket_.descriptor(), buffer.data(), buffer.size(), 0);
  if (size > 0) append({buffer.data(), static_cast<std::size_t>(size)});
}

bool Connection::write(std::string_view bytes) {
  while (has_unsent()) {
    if (!can_write_before(socket_.descriptor(), deadline_) || !send_unsent()) return false;
  }
  deadline_ = steady_clock::now() + limits_.write;
  const auto sent = send(bytes);
  if (!sent) return false;
  unsent_ = bytes.substr(*sent);
  if (unsent_.empty()) deadline_ = steady_clock::now() + limits_.idle;
  return reserve_memory(unsent_.size());
}

bool Connection::flush() {
  if (!has_unsent()) return true;
  return steady_clock::now() < deadline_ && send_unsent();
}

bool Connection::linger() {
  if (!std::exchange(is_lingering_, true)) {
    ::shutdown(socket_.descriptor(), SHUT_WR);
    deadline_ = steady_clock::now() + limits_.linger;
  }
  ReadBuffer buffer;
  while (discarded_bytes_ < kMaxLingerBytes && steady_clock::now() < deadline_) {
    const ssize_t size = ::recv(socket_.descriptor(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size <= 0) return size < 0 && would_block(errno);
    discarded_bytes_ += static_cast<std::size_t>(size);
  }
  return false;
}

bool Connection::is_abandoned() const {
  char next = 0;
  const ssize_t size = ::recv(socket_.descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && !would_block(errno) && errno != EINTR);
}

void Connection::abort_reading() { ::shutdown(socket_.descriptor(), SHUT_RD); }

void Connection::abort() { ::shutdown(socket_.descriptor(), SHUT_RDWR); }

void Connection::drop_empty_lines() {
  std::size_t empty_bytes = 0;
  while (received_.compare(empty_bytes, 2, "\r\n") == 0) empty_bytes += 2;
  if (empty_bytes == 0) return;
  received_.erase(0, empty_bytes);
  searched_bytes_ = 0;
}

std::optional<Connection::Failure> Connection::receive(std::size_t max_bytes) {
  // Checked before each read: a client that always has a byte ready must meet the deadline, too.
  if (steady_clock::now() >= deadline_) return is_request_started_ ? Failure::timed_out : Failure::closed;
  ReadBuffer buffer;
  const std::size_t wanted = std::min(max_bytes, buffer.size());
  const ssize_t size = ::recv(socket_.descriptor(), buffer.data(), wanted, MSG_DONTWAIT);
  if (size > 0) return append({buffer.data(), static_cast<std::size_t>(size)});
  return size < 0 && (would_block(errno) || errno == EINTR) ? Failure::incomplete : Failure::closed;
}

std::optional<Connection::Failure> Connection::append(std::string_view bytes) {
  if (!std::exchange(is_request_started_, true)) deadline_ = steady_clock::now() + limits_.request;
  received_.append(bytes);
  return reserve_memory(kept_bytes_ + received_.size()) ? std::nullopt : std::optional(Failure::no_memory);
}

std::optional<std::size_t> Connection::send(std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t size =
        ::send(socket_.descriptor(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size >= 0) {
      sent += static_cast<std::size_t>(size);
    } else if (would_block(errno)) {
      return sent;
    } else if (errno != EINTR) {
      return std::nullopt;
    }
  }
  return sent;
}

bool Connection::send_unsent() {
  const auto sent = send(unsent_);
  if (!sent) return false;
  unsent_.erase(0, *sent);
  if (unsent_.empty()) deadline_ = steady_clock::now() + limits_.idle;
  return true;
}

bool Connection::reserve_memory(std::size_t bytes) {
  return memory_.resize(bytes < kUncountedBytes ? 0 : bytes);
}

}  // namespace orchestrator::server
