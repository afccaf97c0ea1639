#include "abuse/hostile_connections.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace orchestrator::abuse {

namespace {

server::Socket connect_to(int port, HostileConnections::ReceiveBuffer receive_buffer) {
  server::Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (receive_buffer == HostileConnections::ReceiveBuffer::smallest) {
    const int bytes = 1;  // the kernel raises it to its minimum
    ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("Cannot connect: " + std::generic_category().message(errno));
  }
  return socket;
}

}  // namespace

HostileConnections::HostileConnections(int port, std::size_t count, ReceiveBuffer receive_buffer) {
  sockets_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) sockets_.push_back(connect_to(port, receive_buffer));
}

void HostileConnections::send(std::size_t index, std::string_view bytes) {
  ::send(sockets_.at(index).descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void HostileConnections::send_on_all(std::string_view bytes) {
  for (std::size_t i = 0; i < count(); ++i) send(i, bytes);
}

void HostileConnections::stop_sending() {
  for (const server::Socket& socket : sockets_) ::shutdown(socket.descriptor(), SHUT_WR);
}

void HostileConnections::reset() {
  const linger no_linger{.l_onoff = 1, .l_linger = 0};
  for (server::Socket& socket : sockets_) {
    ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_LINGER, &no_linger, sizeof no_linger);
  }
  sockets_.clear();
}

std::size_t HostileConnections::count_answered() const {
  const auto is_answered = [](const server::Socket& socket) {
    char next = 0;
    return ::recv(socket.descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno == ECONNRESET;
  };
  return static_cast<std::size_t>(std::ranges::count_if(sockets_, is_answered));
}

}  // namespace orchestrator::abuse
