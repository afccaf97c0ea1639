#include "http/server.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

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

Rejection overloaded() {
  return {.status = 503,
          .code = "overloaded",
          .message = "Too many connections. Keep fewer open, and send the request again shortly."};
}

// Nothing when nobody waits for an answer.
std::optional<Rejection> rejection_for(Connection::Failure failure) {
  switch (failure) {
    case Connection::Failure::closed:
      return std::nullopt;
    case Connection::Failure::timed_out:
      return Rejection{.status = 408,
                       .code = "request_timeout",
                       .message = "The request did not arrive completely in time; send it again."};
    case Connection::Failure::head_too_large:
      return Rejection{
          .status = 431, .code = "headers_too_large", .message = "Send fewer or shorter headers."};
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
        listener_(host, port),
        acceptor_([this] { accept_connections(); }) {}

  int port() const { return listener_.port(); }

  void stop() {
    std::call_once(stopped_, [this] { stop_once(); });
  }

 private:
  void stop_once() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      for (Connection* connection : open_) connection->abort_reading();
    }
    listener_.stop();
    acceptor_.join();
    work_arrived_.notify_all();
    {
      std::unique_lock lock(mutex_);
      closed_one_.wait_for(lock, limits_.stop_grace, [this] { return open_.empty(); });
      for (Connection* connection : open_) connection->abort();
    }
    for (std::thread& worker : workers_) worker.join();
  }

  void accept_connections() {
    for (Socket socket = listener_.accept(); socket.is_open(); socket = listener_.accept()) {
      if (!enqueue(socket))
        Connection(std::move(socket), limits_.connection).write(closing_answer({overloaded()}));
    }
  }

  bool enqueue(Socket& socket) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= limits_.waiting) return false;
    waiting_.push_back(std::move(socket));
    if (waiting_.size() > idle_workers_ && workers_.size() < limits_.workers) start_worker();
    note_crowding();
    work_arrived_.notify_one();
    return true;
  }

  void start_worker() {
    try {
      workers_.emplace_back([this] { work(); });
    } catch (const std::system_error& error) {
      log_error(std::string("cannot start another HTTP worker: ") + error.what());
    }
  }

  // While connections wait and all workers are taken, kept-alive connections close after their answer.
  void note_crowding() { crowded_ = workers_.size() == limits_.workers && waiting_.size() > idle_workers_; }

  void work() {
    for (;;) {
      Socket socket;
      {
        std::unique_lock lock(mutex_);
        ++idle_workers_;
        work_arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        --idle_workers_;
        if (stopping_) return;
        socket = std::move(waiting_.front());
        waiting_.pop_front();
        note_crowding();
      }
      try {
        serve(std::move(socket));
      } catch (const std::exception& error) {
        log_error(std::string("an HTTP connection failed: ") + error.what());
      }
    }
  }

  void serve(Socket socket) {
    Connection connection(std::move(socket), limits_.connection);
    const Registration registration(*this, connection);
    for (std::size_t left = limits_.requests_per_connection; left > 0 && !stopping_; --left) {
      if (!serve_request(connection, left == 1)) return;
    }
  }

  // False when the connection must close.
  bool serve_request(Connection& connection, bool last) {
    const auto text = connection.read_head();
    if (const auto* failure = std::get_if<Connection::Failure>(&text)) return give_up(connection, *failure);
    const auto parsed = parse_head(std::get<std::string_view>(text));
    if (const auto* rejection = std::get_if<Rejection>(&parsed)) return refuse(connection, {*rejection});

    const auto& head = std::get<RequestHead>(parsed);
    const bool to_head = head.method == "HEAD";
    const auto admission = application_.admit(head);
    if (const auto* refusal = std::get_if<Refusal>(&admission)) return refuse(connection, *refusal, to_head);
    const std::size_t limit = std::get<BodyLimit>(admission).bytes;
    const std::size_t length = head.content_length.value_or(0);
    if (length > limit) return refuse(connection, {too_large(limit)}, to_head);

    if (head.expects_continue && length > 0 && !connection.write("HTTP/1.1 100 Continue\r\n\r\n"))
      return false;
    auto body = connection.read_body(length);
    if (const auto* failure = std::get_if<Connection::Failure>(&body)) return give_up(connection, *failure);

    Exchange exchange(connection, head);
    const bool close = last || !head.keep_alive || crowded_ || stopping_;
    return engine_.process(exchange, head, std::get<std::string>(std::move(body)), close) && !close;
  }

  static bool give_up(Connection& connection, Connection::Failure failure) {
    if (const auto rejection = rejection_for(failure)) refuse(connection, {*rejection});
    return false;
  }

  static bool refuse(Connection& connection, const Refusal& refusal, bool to_head = false) {
    if (connection.write(closing_answer(refusal, to_head))) connection.linger();
    return false;
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
  Listener listener_;

  std::mutex mutex_;  // guards what follows, up to the blank line
  std::deque<Socket> waiting_;
  std::vector<std::thread> workers_;
  std::size_t idle_workers_ = 0;
  std::set<Connection*> open_;

  std::condition_variable work_arrived_;
  std::condition_variable closed_one_;
  std::atomic<bool> crowded_ = false;
  std::atomic<bool> stopping_ = false;
  std::once_flag stopped_;
  std::thread acceptor_;  // last: it uses all of the above
};

Server::Server(const std::string& host, int port, Application application, ServerLimits limits)
    : core_(std::make_unique<Core>(host, port, std::move(application), limits)) {}

Server::~Server() { core_->stop(); }

int Server::port() const { return core_->port(); }

void Server::stop() { core_->stop(); }

}  // namespace orchestrator::http
