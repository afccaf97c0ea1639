#include "server/socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace orchestrator::server {

namespace {

constexpr int kBacklog = 1024;  // connections that the kernel queues for accept()

// Bounds the response bytes that the kernel buffers per connection. By default this buffer can grow to
// megabytes when a client does not read.
constexpr int kSendBufferBytes = 128 * 1024;

[[noreturn]] void cannot_listen(const std::string& host, int port, const std::string& reason) {
  throw std::runtime_error("cannot listen on " + host + ":" + std::to_string(port) + ": " + reason);
}

std::string error_text(int error) { return std::generic_category().message(error); }

struct AddressDeleter {
  void operator()(addrinfo* address) const { ::freeaddrinfo(address); }
};

std::unique_ptr<addrinfo, AddressDeleter> resolve(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) cannot_listen(host, port, ::gai_strerror(error));
  return std::unique_ptr<addrinfo, AddressDeleter>(found);
}

int bound_port(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  const in_port_t port = address.ss_family == AF_INET6
                             ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                             : reinterpret_cast<const sockaddr_in&>(address).sin_port;
  return ntohs(port);
}

}  // namespace

Socket::~Socket() {
  if (is_open()) ::close(descriptor_);
}

Listener::Listener(const std::string& host, int port) {
  const auto addresses = resolve(host, port);
  int error = 0;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    Socket candidate(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, address->ai_protocol));
    const int on = 1;
    if (candidate.is_open() &&
        ::setsockopt(candidate.descriptor(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        ::bind(candidate.descriptor(), address->ai_addr, address->ai_addrlen) == 0 &&
        ::listen(candidate.descriptor(), kBacklog) == 0) {
      socket_ = std::move(candidate);
      port_ = bound_port(socket_.descriptor());
      return;
    }
    error = errno;
  }
  cannot_listen(host, port, error_text(error));
}

Socket Listener::accept() {
  for (;;) {
    Socket accepted(::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
    if (accepted.is_open()) {
      const int on = 1;
      ::setsockopt(accepted.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      ::setsockopt(accepted.descriptor(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
      return accepted;
    }
    if (errno == EINVAL || errno == EBADF) return {};  // stop() was called
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      std::this_thread::sleep_for(std::chrono::milliseconds{20});  // until a descriptor or memory is free
    }
  }
}

void Listener::stop() { ::shutdown(socket_.descriptor(), SHUT_RDWR); }

}  // namespace orchestrator::server
