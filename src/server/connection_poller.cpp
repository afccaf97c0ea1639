#include "server/connection_poller.hpp"

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

namespace orchestrator::server {

namespace {

using std::chrono::steady_clock;

Socket checked(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return Socket(descriptor);
}

// Reports once: when the client has sent or received bytes, or the connection has ended.
bool watch(int epoll, const Connection& connection) {
  epoll_event wanted{.events = EPOLLONESHOT, .data = {.fd = connection.descriptor()}};
  wanted.events |= connection.has_unsent() ? EPOLLOUT : EPOLLIN;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, connection.descriptor(), &wanted) == 0;
}

}  // namespace

ConnectionPoller::ConnectionPoller(Resume resume)
    : resume_(std::move(resume)),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_up_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  epoll_event wanted{.events = EPOLLIN, .data = {.fd = wake_up_.descriptor()}};
  if (::epoll_ctl(epoll_.descriptor(), EPOLL_CTL_ADD, wake_up_.descriptor(), &wanted) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  thread_ = std::thread([this] { run(); });
}

ConnectionPoller::~ConnectionPoller() {
  close();
  finish(steady_clock::now());
  thread_.join();
}

void ConnectionPoller::wait(std::unique_ptr<Session> session) {
  const Connection& connection = session->connection;
  const std::lock_guard lock(mutex_);
  if (is_finished_ || (is_closed_ && !connection.has_unsent())) return;
  if (!watch(epoll_.descriptor(), connection)) return;
  const auto place = deadlines_.emplace(connection.deadline(), connection.descriptor()).first;
  waiting_.emplace(connection.descriptor(), std::move(session));
  if (place == deadlines_.begin()) wake();
}

void ConnectionPoller::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  std::erase_if(waiting_, [this](const auto& waiting) {
    const Connection& connection = waiting.second->connection;
    if (connection.has_unsent()) return false;
    deadlines_.erase({connection.deadline(), connection.descriptor()});
    return true;
  });
}

void ConnectionPoller::finish(Connection::Deadline deadline) {
  std::unique_lock lock(mutex_);
  drained_.wait_until(lock, deadline, [this] { return waiting_.empty(); });
  is_finished_ = true;
  deadlines_.clear();
  waiting_.clear();
  wake();
}

void ConnectionPoller::run() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count = ::epoll_wait(epoll_.descriptor(), events.data(), events.size(), timeout_ms());
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (auto session = take(descriptor)) resume(std::move(session));
    }
    for (auto& session : take_overdue()) resume(std::move(session));
    const std::lock_guard lock(mutex_);
    if (is_finished_) return;
    if (waiting_.empty()) drained_.notify_all();
  }
}

int ConnectionPoller::timeout_ms() const {
  const std::lock_guard lock(mutex_);
  if (deadlines_.empty()) return -1;
  const auto left = deadlines_.begin()->first - steady_clock::now();
  return static_cast<int>(std::max(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 0L));
}

// Null for the eventfd, which is reset by this, and for sessions that were closed meanwhile.
std::unique_ptr<Session> ConnectionPoller::take(int descriptor) {
  if (descriptor == wake_up_.descriptor()) {
    std::uint64_t count = 0;
    std::ignore = ::read(descriptor, &count, sizeof count);
    return nullptr;
  }
  const std::lock_guard lock(mutex_);
  auto waiting = waiting_.extract(descriptor);
  if (waiting.empty()) return nullptr;
  ::epoll_ctl(epoll_.descriptor(), EPOLL_CTL_DEL, descriptor, nullptr);
  deadlines_.erase({waiting.mapped()->connection.deadline(), descriptor});
  return std::move(waiting.mapped());
}

ConnectionPoller::Sessions ConnectionPoller::take_overdue() {
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

void ConnectionPoller::resume(std::unique_ptr<Session> session) {
  const bool is_closed = [this] {
    const std::lock_guard lock(mutex_);
    return is_closed_;
  }();
  if (!is_closed) return resume_(std::move(session));
  if (session->connection.flush()) wait(std::move(session));
}

void ConnectionPoller::wake() {
  const std::uint64_t increment = 1;
  std::ignore = ::write(wake_up_.descriptor(), &increment, sizeof increment);
}

}  // namespace orchestrator::server
