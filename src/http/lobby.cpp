#include "http/lobby.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <tuple>
#include <utility>

namespace orchestrator::http {

namespace {

using std::chrono::steady_clock;

Socket checked(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return Socket(descriptor);
}

// Rings once: when the client has done what is waited for, or the connection is at its end.
bool watch(int events, const Connection& connection) {
  epoll_event wanted{.events = EPOLLONESHOT, .data = {.fd = connection.descriptor()}};
  wanted.events |= connection.has_unsent() ? EPOLLOUT : EPOLLIN;
  return ::epoll_ctl(events, EPOLL_CTL_ADD, connection.descriptor(), &wanted) == 0;
}

}  // namespace

Lobby::Lobby(CallIn call_in)
    : call_in_(std::move(call_in)),
      events_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      alarm_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  epoll_event wanted{.events = EPOLLIN, .data = {.fd = alarm_.descriptor()}};
  if (::epoll_ctl(events_.descriptor(), EPOLL_CTL_ADD, alarm_.descriptor(), &wanted) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  thread_ = std::thread([this] { run(); });
}

Lobby::~Lobby() {
  close();
  finish(steady_clock::now());
  thread_.join();
}

void Lobby::wait(std::unique_ptr<Session> session) {
  const Connection& connection = session->connection;
  const std::lock_guard lock(mutex_);
  if (is_over_ || (is_closed_ && !connection.has_unsent())) return;
  if (!watch(events_.descriptor(), connection)) return;
  const auto place = deadlines_.emplace(connection.deadline(), connection.descriptor()).first;
  waiting_.emplace(connection.descriptor(), std::move(session));
  if (place == deadlines_.begin()) wake();
}

void Lobby::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  std::erase_if(waiting_, [this](const auto& waiting) {
    const Connection& connection = waiting.second->connection;
    if (connection.has_unsent()) return false;
    deadlines_.erase({connection.deadline(), connection.descriptor()});
    return true;
  });
}

void Lobby::finish(Connection::Deadline deadline) {
  std::unique_lock lock(mutex_);
  left_.wait_until(lock, deadline, [this] { return waiting_.empty(); });
  is_over_ = true;
  deadlines_.clear();
  waiting_.clear();
  wake();
}

void Lobby::run() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count = ::epoll_wait(events_.descriptor(), events.data(), events.size(), patience_ms());
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (auto session = take(descriptor)) call(std::move(session));
    }
    for (auto& session : take_overdue()) call(std::move(session));
    const std::lock_guard lock(mutex_);
    if (is_over_) return;
    if (waiting_.empty()) left_.notify_all();
  }
}

int Lobby::patience_ms() const {
  const std::lock_guard lock(mutex_);
  if (deadlines_.empty()) return -1;
  const auto left = deadlines_.begin()->first - steady_clock::now();
  return static_cast<int>(std::max(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 0L));
}

// Null for the alarm, whose ring is over with this, and for whoever was shown out meanwhile.
std::unique_ptr<Session> Lobby::take(int descriptor) {
  if (descriptor == alarm_.descriptor()) {
    std::uint64_t rings = 0;
    std::ignore = ::read(descriptor, &rings, sizeof rings);
    return nullptr;
  }
  const std::lock_guard lock(mutex_);
  auto waiting = waiting_.extract(descriptor);
  if (waiting.empty()) return nullptr;
  ::epoll_ctl(events_.descriptor(), EPOLL_CTL_DEL, descriptor, nullptr);
  deadlines_.erase({waiting.mapped()->connection.deadline(), descriptor});
  return std::move(waiting.mapped());
}

Lobby::Sessions Lobby::take_overdue() {
  const std::pair now{steady_clock::now(), 0};
  std::vector<int> overdue;
  {
    const std::lock_guard lock(mutex_);
    for (auto next = deadlines_.begin(); next != deadlines_.end() && *next < now; ++next) {
      overdue.push_back(next->second);
    }
  }
  Sessions sessions;
  for (const int descriptor : overdue) {
    if (auto session = take(descriptor)) sessions.push_back(std::move(session));
  }
  return sessions;
}

void Lobby::call(std::unique_ptr<Session> session) {
  const bool is_closed = [this] {
    const std::lock_guard lock(mutex_);
    return is_closed_;
  }();
  if (!is_closed) return call_in_(std::move(session));
  if (session->connection.flush()) wait(std::move(session));
}

void Lobby::wake() {
  const std::uint64_t ring = 1;
  std::ignore = ::write(alarm_.descriptor(), &ring, sizeof ring);
}

}  // namespace orchestrator::http
