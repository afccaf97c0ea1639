#include "http/server.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "http/lobby.hpp"
#include "http/session.hpp"
#include "http/socket.hpp"
#include "http/text.hpp"
#include "logging/logging.hpp"

namespace orchestrator::http {

namespace {

// What cpp-httplib sees instead of a socket: a request line, and a place for its answer.
class Exchange final : public httplib::Stream {
 public:
  Exchange(Connection& connection, const RequestHead& head) : connection_(connection) {
    unread_.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\n\r\n");
  }

  bool is_readable() const override { return true; }
  bool is_writable() const override { return !connection_.is_abandoned(); }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

  ssize_t read(char* bytes, std::size_t size) override {
    const std::size_t taken = unread_.copy(bytes, size, read_);
    read_ += taken;
    return static_cast<ssize_t>(taken);
  }

  // The head of the answer waits for the first piece of its body, so that a small answer is one packet.
  ssize_t write(const char* bytes, std::size_t size) override {
    held_.append(bytes, size);
    if (std::exchange(has_head_, true) && !flush()) return -1;
    return static_cast<ssize_t>(size);
  }

  bool flush() { return connection_.write(std::exchange(held_, {})); }

 private:
  Connection& connection_;
  std::string unread_;
  std::size_t read_ = 0;
  std::string held_;
  bool has_head_ = false;
};

class Engine : public httplib::Server {
 public:
  Engine(const Application& application, const ServerLimits& limits) {
    // Without a socket, cpp-httplib believes that it is shutting down and ends streams. Nothing is done with
    // it.
    svr_sock_ = 0;
    set_keep_alive_timeout(std::chrono::ceil<std::chrono::seconds>(limits.connection.idle).count());
    set_keep_alive_max_count(limits.requests_per_connection);
    set_pre_routing_handler([&application](const httplib::Request& request, httplib::Response& response) {
      application.answer(request, response);
      return HandlerResponse::Handled;  // so that cpp-httplib's own routing and body reader never run
    });
  }

  // False when the answer could not be written.
  bool process(Exchange& exchange, const RequestHead& head, std::string body, bool close) {
    bool closed_by_request = false;
    const auto set_up = [&head, &body](httplib::Request& request) {
      request.headers = headers_for_application(head);
      request.body = std::move(body);
    };
    return process_request(exchange, close, closed_by_request, set_up) && exchange.flush();
  }

 private:
  static httplib::Headers headers_for_application(const RequestHead& head) {
    constexpr std::array<std::string_view, 3> kActedUpon = {"Accept-Encoding", "Expect", "Range"};
    httplib::Headers headers;
    for (const auto& [name, value] : head.headers) {
      const auto is_name = [n = name](std::string_view other) { return equal_ignoring_case(n, other); };
      if (std::ranges::none_of(kActedUpon, is_name)) headers.emplace(name, value);
    }
    return headers;
  }
};

Rejection too_large(std::size_t limit) {
  return {.status = 413,
          .code = "too_large",
          .message = "The body may have " + std::to_string(limit) + " bytes here."};
}

// Nothing when nobody waits for an answer.
std::optional<Rejection> rejection_for(Connection::Failure failure) {
  switch (failure) {
    case Connection::Failure::incomplete:
    case Connection::Failure::closed:
      return std::nullopt;
    case Connection::Failure::timed_out:
      return Rejection{.status = 408,
                       .code = "request_timeout",
                       .message = "The request did not arrive completely in time; send it again."};
    case Connection::Failure::head_too_large:
      return Rejection{
          .status = 431, .code = "headers_too_large", .message = "Send fewer or shorter headers."};
    case Connection::Failure::no_memory:
      return overloaded();
  }
  return std::nullopt;
}

}  // namespace

class Server::Core {
 public:
  Core(const std::string& host, int port, Application application, ServerLimits limits)
      : application_(std::move(application)),
        limits_(limits),
        engine_(application_, limits_),
        places_(limits_.connections),
        memory_(limits_.memory),
        listener_(host, port),
        lobby_([this](std::unique_ptr<Session> session) { enqueue(std::move(session)); }),
        acceptor_([this] { accept_connections(); }) {}

  int port() const { return listener_.port(); }

  std::size_t workers() const {
    const std::lock_guard lock(mutex_);
    return workers_.size();
  }

  void stop() {
    std::call_once(stopped_, [this] { stop_once(); });
  }

 private:
  using Workers = std::list<std::thread>;

  void stop_once() {
    const auto deadline = std::chrono::steady_clock::now() + limits_.stop_grace;
    listener_.stop();
    acceptor_.join();
    lobby_.close();
    {
      std::unique_lock lock(mutex_);
      stopping_ = true;
      work_arrived_.notify_all();
      for (Connection* connection : open_) connection->abort_reading();
      closed_one_.wait_until(lock, deadline, [this] { return open_.empty() && ready_.empty(); });
      ready_.clear();
      for (Connection* connection : open_) connection->abort();
    }
    join_workers();
    lobby_.finish(deadline);
  }

  void accept_connections() {
    for (Socket socket = listener_.accept(); socket.is_open(); socket = listener_.accept()) {
      auto session = std::make_unique<Session>(std::move(socket), limits_.connection, places_, memory_);
      if (session->place.resize(1)) {
        lobby_.wait(std::move(session));
      } else {
        session->connection.write(closing_answer({overloaded()}));
      }
    }
  }

  void enqueue(std::unique_ptr<Session> session) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    ready_.push_back(std::move(session));
    if (ready_.size() > idle_workers_ && workers_.size() < limits_.workers) start_worker();
    note_crowding();
    work_arrived_.notify_one();
  }

  void start_worker() {
    for (std::thread& worker : retired_) worker.join();
    retired_.clear();
    try {
      const auto place = workers_.emplace(workers_.end());
      *place = std::thread([this, place] { work(place); });
    } catch (const std::system_error& error) {
      workers_.pop_back();
      log_error(std::string("cannot start another HTTP worker: ") + error.what());
    }
  }

  void join_workers() {
    std::unique_lock lock(mutex_);
    for (Workers* workers : {&workers_, &retired_}) {
      while (!workers->empty()) {
        std::thread worker = std::move(workers->front());
        workers->pop_front();
        lock.unlock();
        worker.join();
        lock.lock();
      }
    }
  }

  // While sessions wait and all workers are taken, no client is served twice in a row.
  void note_crowding() { crowded_ = workers_.size() == limits_.workers && ready_.size() > idle_workers_; }

  void work(Workers::iterator place) {
    while (auto session = next_session(place)) {
      try {
        serve(std::move(session));
      } catch (const std::exception& error) {
        log_error(std::string("an HTTP connection failed: ") + error.what());
      }
    }
  }

  // Null when the worker is to end.
  std::unique_ptr<Session> next_session(Workers::iterator place) {
    std::unique_lock lock(mutex_);
    ++idle_workers_;
    work_arrived_.wait_for(lock, limits_.worker_idle, [this] { return stopping_ || !ready_.empty(); });
    --idle_workers_;
    if (ready_.empty()) {
      if (!stopping_) retired_.splice(retired_.end(), workers_, place);
      return nullptr;
    }
    auto session = std::move(ready_.front());
    ready_.pop_front();
    note_crowding();
    return session;
  }

  enum class Next { request, others, wait, close };

  // Goes on with a session as far as it gets without waiting for its client.
  void serve(std::unique_ptr<Session> session) {
    Next next = Next::request;
    {
      const Registration registration(*this, session->connection);
      while (next == Next::request) next = advance(*session);
    }
    if (next == Next::wait) lobby_.wait(std::move(session));
    if (next == Next::others) enqueue(std::move(session));
  }

  Next advance(Session& session) {
    Connection& connection = session.connection;
    if (!connection.flush()) return Next::close;
    if (connection.has_unsent()) return Next::wait;
    if (session.is_ending) return connection.linger() && !stopping_ ? Next::wait : Next::close;
    if (!session.head) {
      if (const auto stopped_by = read_head(session)) return *stopped_by;
    }
    auto body = connection.read_body(session.head->content_length.value_or(0));
    if (const auto* failure = std::get_if<Connection::Failure>(&body)) return give_up(session, *failure);
    return answer(session, std::get<std::string>(std::move(body)));
  }

  // Nothing when the session has a head whose body may come.
  std::optional<Next> read_head(Session& session) {
    const auto text = session.connection.read_head();
    if (const auto* failure = std::get_if<Connection::Failure>(&text)) return give_up(session, *failure);
    auto parsed = parse_head(std::get<std::string_view>(text));
    if (const auto* rejection = std::get_if<Rejection>(&parsed)) return refuse(session, {*rejection});

    auto& head = std::get<RequestHead>(parsed);
    const bool to_head = head.method == "HEAD";
    const auto admission = application_.admit(head);
    if (const auto* refusal = std::get_if<Refusal>(&admission)) return refuse(session, *refusal, to_head);
    const std::size_t limit = std::get<BodyLimit>(admission).bytes;
    const std::size_t length = head.content_length.value_or(0);
    if (length > limit) return refuse(session, {too_large(limit)}, to_head);
    if (head.expects_continue && length > 0 && !session.connection.write("HTTP/1.1 100 Continue\r\n\r\n")) {
      return Next::close;
    }
    session.head = std::move(head);
    return std::nullopt;
  }

  Next answer(Session& session, std::string body) {
    const RequestHead head = *std::exchange(session.head, std::nullopt);
    const bool is_last = ++session.requests == limits_.requests_per_connection;
    session.is_ending = is_last || !head.keep_alive || stopping_;
    Exchange exchange(session.connection, head);
    if (!engine_.process(exchange, head, std::move(body), session.is_ending)) return Next::close;
    if (session.is_ending) return Next::request;
    if (crowded_) return Next::others;
    session.connection.await_next();
    return Next::request;
  }

  static Next give_up(Session& session, Connection::Failure failure) {
    if (failure == Connection::Failure::incomplete) return Next::wait;
    const auto rejection = rejection_for(failure);
    return rejection ? refuse(session, {*rejection}) : Next::close;
  }

  static Next refuse(Session& session, const Refusal& refusal, bool to_head = false) {
    session.is_ending = true;
    return session.connection.write(closing_answer(refusal, to_head)) ? Next::request : Next::close;
  }

  // Lets stop() find the connection while it is served.
  class Registration {
   public:
    Registration(Core& core, Connection& connection) : core_(core), connection_(connection) {
      const std::lock_guard lock(core_.mutex_);
      core_.open_.insert(&connection_);
      if (core_.stopping_) connection_.abort_reading();
    }
    ~Registration() {
      const std::lock_guard lock(core_.mutex_);
      core_.open_.erase(&connection_);
      core_.closed_one_.notify_one();
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Core& core_;
    Connection& connection_;
  };

  const Application application_;
  const ServerLimits limits_;
  Engine engine_;
  Budget places_;
  Budget memory_;
  Listener listener_;

  mutable std::mutex mutex_;  // guards what follows, up to the blank line
  std::deque<std::unique_ptr<Session>> ready_;
  Workers workers_;
  Workers retired_;  // they have ended, or are about to
  std::size_t idle_workers_ = 0;
  std::set<Connection*> open_;

  std::condition_variable work_arrived_;
  std::condition_variable closed_one_;
  std::atomic<bool> crowded_ = false;
  std::atomic<bool> stopping_ = false;
  std::once_flag stopped_;
  Lobby lobby_;
  std::thread acceptor_;  // last: it uses all of the above
};

Server::Server(const std::string& host, int port, Application application, ServerLimits limits)
    : core_(std::make_unique<Core>(host, port, std::move(application), limits)) {}

Server::~Server() { core_->stop(); }

int Server::port() const { return core_->port(); }

std::size_t Server::workers() const { return core_->workers(); }

void Server::stop() { core_->stop(); }

}  // namespace orchestrator::http
