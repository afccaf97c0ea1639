#include "http/connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "http/head.hpp"

namespace orchestrator::http {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t kChunkBytes = std::size_t{16} * 1024;
constexpr std::size_t kMaxLingerBytes = std::size_t{4} * 1024 * 1024;
using Chunk = std::array<char, kChunkBytes>;

timeval to_timeval(std::chrono::milliseconds duration) {
  return {.tv_sec = duration.count() / 1000, .tv_usec = duration.count() % 1000 * 1000};
}

}  // namespace

Connection::Connection(Socket socket, ConnectionLimits limits) : socket_(std::move(socket)), limits_(limits) {
  // One blocking recv() with a time-out is all that a waiting connection costs; poll() before every
  // request would be a second system call.
  const timeval idle = to_timeval(limits_.idle);
  ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
}

std::variant<std::string_view, Connection::Failure> Connection::read_head() {
  if (inbox_.empty() && wait_for_first_byte() != Received::some) return Failure::closed;
  deadline_ = steady_clock::now() + limits_.request;
  std::size_t searched = 0;
  for (;;) {
    while (inbox_.starts_with("\r\n")) inbox_.erase(0, 2);  // RFC 9112 section 2.2
    const std::size_t end = inbox_.find("\r\n\r\n", searched);
    if (end != std::string::npos && end + 4 <= kMaxHeadBytes) {
      head_.assign(inbox_, 0, end + 4);
      inbox_.erase(0, end + 4);
      return std::string_view(head_);
    }
    if (inbox_.size() >= kMaxHeadBytes) return Failure::head_too_large;
    searched = inbox_.size() < 3 ? 0 : inbox_.size() - 3;
    const Received received = receive(deadline_);
    if (received == Received::none_in_time) return Failure::timed_out;
    if (received == Received::end) return Failure::closed;
  }
}

std::variant<std::string, Connection::Failure> Connection::read_body(std::size_t length) {
  while (inbox_.size() < length) {
    const Received received = receive(deadline_);
    if (received == Received::none_in_time) return Failure::timed_out;
    if (received == Received::end) return Failure::closed;
  }
  if (inbox_.size() == length) return std::exchange(inbox_, {});
  std::string body = inbox_.substr(0, length);
  inbox_.erase(0, length);
  return body;
}

bool Connection::write(std::string_view bytes) {
  const Deadline deadline = steady_clock::now() + limits_.write;
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(socket_.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (!wait_until(POLLOUT, deadline)) return false;
    } else if (sent < 0 && errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool Connection::is_abandoned() const {
  char next = 0;
  const ssize_t size = ::recv(socket_.descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void Connection::linger() {
  ::shutdown(socket_.descriptor(), SHUT_WR);
  const Deadline deadline = steady_clock::now() + limits_.linger;
  std::size_t discarded = 0;
  do {
    discarded += std::exchange(inbox_, {}).size();
  } while (discarded < kMaxLingerBytes && receive(deadline) == Received::some);
}

void Connection::abort_reading() { ::shutdown(socket_.descriptor(), SHUT_RD); }

void Connection::abort() { ::shutdown(socket_.descriptor(), SHUT_RDWR); }

Connection::Received Connection::wait_for_first_byte() {
  Chunk chunk;
  const ssize_t size = ::recv(socket_.descriptor(), chunk.data(), chunk.size(), 0);
  if (size <= 0) return Received::end;
  return append({chunk.data(), static_cast<std::size_t>(size)});
}

Connection::Received Connection::receive(Deadline deadline) {
  Chunk chunk;
  for (;;) {
    // Also a client that always has a byte ready must meet the deadline.
    if (!wait_until(POLLIN, deadline)) return Received::none_in_time;
    const ssize_t size = ::recv(socket_.descriptor(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (size > 0) return append({chunk.data(), static_cast<std::size_t>(size)});
    if (size == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)) return Received::end;
  }
}

bool Connection::wait_until(short events, Deadline deadline) const {
  pollfd waiting{.fd = socket_.descriptor(), .events = events, .revents = 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Connection::Received Connection::append(std::string_view chunk) {
  inbox_.append(chunk);
  return Received::some;
}

}  // namespace orchestrator::http
