#include "abuse/crowd.hpp"

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

server::Socket connect_to(int port, Crowd::Reading reading) {
  server::Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (reading == Crowd::Reading::hardly) {
    const int bytes = 1;  // the kernel makes it the least that it allows
    ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect: " + std::generic_category().message(errno));
  }
  return socket;
}

}  // namespace

Crowd::Crowd(int port, std::size_t size, Reading reading) {
  sockets_.reserve(size);
  for (std::size_t i = 0; i < size; ++i) sockets_.push_back(connect_to(port, reading));
}

void Crowd::say(std::size_t who, std::string_view bytes) {
  ::send(sockets_.at(who).descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Crowd::all_say(std::string_view bytes) {
  for (std::size_t who = 0; who < size(); ++who) say(who, bytes);
}

void Crowd::stop_sending() {
  for (const server::Socket& socket : sockets_) ::shutdown(socket.descriptor(), SHUT_WR);
}

void Crowd::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  for (server::Socket& socket : sockets_) {
    ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  sockets_.clear();
}

std::size_t Crowd::count_answered() const {
  const auto is_answered = [](const server::Socket& socket) {
    char next = 0;
    return ::recv(socket.descriptor(), &next, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno == ECONNRESET;
  };
  return static_cast<std::size_t>(std::ranges::count_if(sockets_, is_answered));
}

}  // namespace orchestrator::abuse
