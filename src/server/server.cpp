#include "server/server.hpp"

#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "server/connection_poller.hpp"
#include "server/http_protocol.hpp"
#include "server/response_writer.hpp"
#include "server/socket.hpp"
#include "server/worker_pool.hpp"

namespace orchestrator::server {

namespace {

// The connections that workers serve at the moment, so that stop() can interrupt them.
class ServedConnections {
 public:
  // Adds the connection for one scope.
  class Registration {
   public:
    Registration(ServedConnections& all, Connection& connection) : all_(all), connection_(connection) {
      const std::lock_guard lock(all_.mutex_);
      all_.connections_.insert(&connection_);
      if (all_.reading_aborted_) connection_.abort_reading();
    }
    ~Registration() {
      const std::lock_guard lock(all_.mutex_);
      all_.connections_.erase(&connection_);
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    ServedConnections& all_;
    Connection& connection_;
  };

  // These connections, and all that are added later, read as closed.
  void abort_reading() {
    const std::lock_guard lock(mutex_);
    reading_aborted_ = true;
    for (Connection* connection : connections_) connection->abort_reading();
  }

  void abort() {
    const std::lock_guard lock(mutex_);
    for (Connection* connection : connections_) connection->abort();
  }

 private:
  std::mutex mutex_;
  std::set<Connection*> connections_;
  bool reading_aborted_ = false;
};

}  // namespace

class Server::Core {
 public:
  Core(const std::string& host, int port, Application application, ServerLimits limits)
      : application_(std::move(application)),
        limits_(limits),
        protocol_(application_, limits_.requests_per_connection),
        connection_quota_(limits_.connections),
        memory_quota_(limits_.memory),
        listener_(host, port),
        pool_(
            {.max_workers = limits_.workers, .idle_timeout = limits_.worker_idle},
            [this](std::unique_ptr<Session> session) { serve(std::move(session)); },
            [this](bool is_crowded) { protocol_.set_crowded(is_crowded); }),
        poller_([this](std::unique_ptr<Session> session) { pool_.enqueue(std::move(session)); }),
        acceptor_([this] { accept_connections(); }) {}

  int port() const { return listener_.port(); }
  std::size_t workers() const { return pool_.workers(); }

  void stop() {
    std::call_once(stopped_, [this] { stop_once(); });
  }

 private:
  void stop_once() {
    const auto deadline = std::chrono::steady_clock::now() + limits_.stop_grace;
    listener_.stop();
    acceptor_.join();
    poller_.close();
    protocol_.begin_stop();
    pool_.close();
    served_.abort_reading();
    pool_.drain(deadline);
    served_.abort();
    pool_.join();
    poller_.finish(deadline);
  }

  void accept_connections() {
    for (Socket socket = listener_.accept(); socket.is_open(); socket = listener_.accept()) {
      auto session =
          std::make_unique<Session>(std::move(socket), limits_.connection, connection_quota_, memory_quota_);
      if (session->place.resize(1)) {
        poller_.wait(std::move(session));
      } else {
        write_response(session->connection, protocol_.overloaded(), {.closes = true});
      }
    }
  }

  // Advances a session as far as it gets without waiting for its client.
  void serve(std::unique_ptr<Session> session) {
    using Next = HttpProtocol::Next;
    Next next = Next::advance;
    {
      const ServedConnections::Registration registration(served_, session->connection);
      while (next == Next::advance) next = protocol_.advance(*session);
    }
    if (next == Next::wait) poller_.wait(std::move(session));
    if (next == Next::yield) pool_.enqueue(std::move(session));
  }

  const Application application_;
  const ServerLimits limits_;
  HttpProtocol protocol_;
  Quota connection_quota_;
  Quota memory_quota_;
  Listener listener_;
  ServedConnections served_;
  std::once_flag stopped_;
  WorkerPool pool_;
  ConnectionPoller poller_;
  std::thread acceptor_;  // last: it uses all of the above
};

Server::Server(const std::string& host, int port, Application application, ServerLimits limits)
    : core_(std::make_unique<Core>(host, port, std::move(application), limits)) {}

Server::~Server() { core_->stop(); }

int Server::port() const { return core_->port(); }

std::size_t Server::workers() const { return core_->workers(); }

void Server::stop() { core_->stop(); }

}  // namespace orchestrator::server
