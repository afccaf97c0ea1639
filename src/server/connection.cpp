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

constexpr std::size_t kChunkBytes = std::size_t{16} * 1024;
constexpr std::size_t kMaxLingerBytes = std::size_t{4} * 1024 * 1024;
// What every connection may hold, however much others do: small requests always find room.
constexpr std::size_t kFreeBytes = std::size_t{8} * 1024;
using Chunk = std::array<char, kChunkBytes>;

timeval to_timeval(std::chrono::milliseconds duration) {
  return {.tv_sec = duration.count() / 1000, .tv_usec = duration.count() % 1000 * 1000};
}

bool must_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

bool can_write_before(int descriptor, Connection::Deadline deadline) {
  pollfd waiting{.fd = descriptor, .events = POLLOUT, .revents = 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
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
  const timeval moment = to_timeval(limits_.moment);
  ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
}

std::variant<std::string_view, Connection::Failure> Connection::read_head() {
  if (!inbox_.empty() && !std::exchange(has_begun_, true)) {  // it came together with the one before
    deadline_ = steady_clock::now() + limits_.request;
  }
  for (;;) {
    drop_blank_lines();
    const std::size_t end = inbox_.find("\r\n\r\n", searched_);
    if (end != std::string::npos && end + 4 <= kMaxHeadBytes) {
      head_.assign(inbox_, 0, end + 4);
      inbox_.erase(0, end + 4);
      searched_ = 0;
      return std::string_view(head_);
    }
    if (inbox_.size() >= kMaxHeadBytes) return Failure::head_too_large;
    searched_ = inbox_.size() < 3 ? 0 : inbox_.size() - 3;
    if (const auto failure = receive(kChunkBytes)) return *failure;
  }
}

std::variant<std::string, Connection::Failure> Connection::read_body(std::size_t length) {
  inbox_.reserve(length);  // once, not by doubling; memory that nothing came into yet costs nothing
  while (inbox_.size() < length) {
    if (const auto failure = receive(length - inbox_.size())) return *failure;
  }
  has_begun_ = false;
  std::string next = inbox_.substr(length);
  inbox_.resize(length);
  return std::exchange(inbox_, std::move(next));
}

void Connection::await_next() {
  if (!inbox_.empty() || has_unsent()) return;
  Chunk chunk;
  const ssize_t size = ::recv(socket_.descriptor(), chunk.data(), chunk.size(), 0);
  if (size > 0) append({chunk.data(), static_cast<std::size_t>(size)});
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
  return count_memory(unsent_.size());
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
  Chunk chunk;
  while (discarded_ < kMaxLingerBytes && steady_clock::now() < deadline_) {
    const ssize_t size = ::recv(socket_.descriptor(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (size <= 0) return size < 0 && must_wait(errno);
    discarded_ += static_cast<std::size_t>(size);
  }
  return false;
}

bool Connection::is_abandoned() const {
  char next = 0;
  const ssize_t size = ::recv(socket_.descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && !must_wait(errno) && errno != EINTR);
}

void Connection::abort_reading() { ::shutdown(socket_.descriptor(), SHUT_RD); }

void Connection::abort() { ::shutdown(socket_.descriptor(), SHUT_RDWR); }

void Connection::drop_blank_lines() {
  std::size_t blank = 0;
  while (inbox_.compare(blank, 2, "\r\n") == 0) blank += 2;
  if (blank == 0) return;
  inbox_.erase(0, blank);
  searched_ = 0;
}

std::optional<Connection::Failure> Connection::receive(std::size_t most) {
  // Also a client that always has a byte ready must meet the deadline.
  if (steady_clock::now() >= deadline_) return has_begun_ ? Failure::timed_out : Failure::closed;
  Chunk chunk;
  const std::size_t wanted = std::min(most, chunk.size());
  const ssize_t size = ::recv(socket_.descriptor(), chunk.data(), wanted, MSG_DONTWAIT);
  if (size > 0) return append({chunk.data(), static_cast<std::size_t>(size)});
  return size < 0 && (must_wait(errno) || errno == EINTR) ? Failure::incomplete : Failure::closed;
}

std::optional<Connection::Failure> Connection::append(std::string_view chunk) {
  if (!std::exchange(has_begun_, true)) deadline_ = steady_clock::now() + limits_.request;
  inbox_.append(chunk);
  return count_memory(inbox_.size()) ? std::nullopt : std::optional(Failure::no_memory);
}

std::optional<std::size_t> Connection::send(std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t size =
        ::send(socket_.descriptor(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size >= 0) {
      sent += static_cast<std::size_t>(size);
    } else if (must_wait(errno)) {
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

bool Connection::count_memory(std::size_t bytes) { return memory_.resize(bytes < kFreeBytes ? 0 : bytes); }

}  // namespace orchestrator::server
