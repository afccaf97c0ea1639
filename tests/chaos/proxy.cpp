#include "chaos/proxy.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>

namespace orchestrator::chaos {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;

server::Socket connect_to_unix_socket(const Upstream& upstream) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = upstream.host + "/.s.PGSQL." + std::to_string(upstream.port);
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  server::Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

server::Socket connect_to_port(const Upstream& upstream) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(upstream.port));
  inet_pton(AF_INET, upstream.host.c_str(), &address.sin_addr);
  server::Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
  const int on = 1;
  setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

server::Socket connect_to(const Upstream& upstream) {
  return upstream.host.starts_with('/') ? connect_to_unix_socket(upstream) : connect_to_port(upstream);
}

bool send_all(const server::Socket& socket, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t more = send(socket.descriptor(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) return false;
    sent += static_cast<std::size_t>(more);
  }
  return true;
}

// False when the connection has ended.
bool receive_into(FrameReader& reader, const server::Socket& socket) {
  std::array<char, kReadSize> buffer;
  const ssize_t got = recv(socket.descriptor(), buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  reader.add({buffer.data(), static_cast<std::size_t>(got)});
  return true;
}

}  // namespace

Proxy::Proxy(Upstream upstream, Failpoints& failpoints, ProxiedInstance instance)
    : upstream_(std::move(upstream)),
      failpoints_(failpoints),
      instance_(std::move(instance)),
      acceptor_([this] { accept_all(); }) {}

Proxy::~Proxy() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  listener_.stop();
  acceptor_.join();
  cut_all();
  for (Worker& worker : workers_) worker.thread.join();
}

void Proxy::cut_all() {
  const std::lock_guard lock(mutex_);
  for (const Session* session : sessions_) {
    shutdown(session->client.descriptor(), SHUT_RDWR);
    shutdown(session->server.descriptor(), SHUT_RDWR);
  }
}

void Proxy::accept_all() {
  while (true) {
    server::Socket client = listener_.accept();
    if (!client.is_open()) return;
    // While a server is down, thousands of connections are opened and closed: their threads must not
    // accumulate.
    std::erase_if(workers_, [](Worker& worker) {
      if (*worker.has_ended) worker.thread.join();
      return !worker.thread.joinable();
    });
    Worker& worker = workers_.emplace_back();
    worker.thread = std::thread([this, client = std::move(client), has_ended = worker.has_ended]() mutable {
      Session session;
      session.client = std::move(client);
      session.server = connect_to(upstream_);
      if (session.server.is_open()) serve(session);
      *has_ended = true;
    });
  }
}

void Proxy::serve(Session& session) {
  std::list<Session*>::iterator place;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    place = sessions_.insert(sessions_.end(), &session);
  }
  std::array<pollfd, 2> ends = {
      {{session.client.descriptor(), POLLIN, 0}, {session.server.descriptor(), POLLIN, 0}}};
  bool open = true;
  while (open) {
    if (poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR) break;
    if (ends[1].revents != 0) open = pass_on_to_client(session);
    if (open && ends[0].revents != 0) open = pass_on_to_server(session);
  }
  const std::lock_guard lock(mutex_);
  sessions_.erase(place);
}

// False when the connection has ended.
bool Proxy::pass_on_to_server(Session& session) {
  if (!receive_into(session.client_frames, session.client)) return false;
  std::string bytes;
  while (const auto frame = session.client_frames.next()) {
    session.transaction.on_client_frame(*frame);
    if (frame->type == 'Q' || frame->type == 'S') ++requests_;
    if (session.transaction.is_commit(*frame) && commit_faults(session)) return false;
    bytes += frame->bytes;
  }
  return send_all(session.server, bytes);
}

// Whether the connection ends now; a fault that follows the commit is only recorded.
bool Proxy::commit_faults(Session& session) {
  if (!session.transaction.has_written()) return false;
  const auto fault = failpoints_.about_to_commit(session.transaction.text(), instance_.is_ending());
  if (!fault) return false;
  switch (*fault) {
    case CommitFault::kill_before:
      instance_.kill();
      return true;
    case CommitFault::cut_before:
      return true;
    case CommitFault::kill_after:
      session.kill_after = true;
      return false;
    case CommitFault::cut_after:
      session.cut_after = true;
      return false;
  }
  return false;
}

bool Proxy::pass_on_to_client(Session& session) {
  if (!receive_into(session.server_frames, session.server)) return false;
  std::string bytes;
  while (const auto frame = session.server_frames.next()) {
    session.transaction.on_server_frame(*frame);
    // ReadyForQuery after COMMIT: the transaction is committed.
    if (frame->type == 'Z' && session.kill_after) instance_.kill();
    if (frame->type == 'Z' && (session.kill_after || session.cut_after)) return false;
    bytes += frame->bytes;
  }
  if (session.kill_after || session.cut_after) return true;
  return send_all(session.client, bytes);
}

}  // namespace orchestrator::chaos
