// TCP sockets: an owning handle, and the listening socket.
#pragma once

#include <string>
#include <utility>

namespace orchestrator::server {

// Owns a file descriptor and closes it on destruction.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket();

  int descriptor() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

// Accepts connections. Never shares a port with another process: a port in use is an error.
class Listener {
 public:
  // Port 0 selects a free port. Throws std::runtime_error, which names the address and the reason.
  Listener(const std::string& host, int port);

  int port() const { return port_; }
  int descriptor() const { return socket_.descriptor(); }

  // Waits for the next connection. Returns a closed socket only after stop(). Retries after all other errors,
  // because a server that no longer accepts connections is down.
  Socket accept();

  // Makes accept() return. May be called from any thread.
  void stop();

 private:
  Socket socket_;
  int port_ = 0;
};

}  // namespace orchestrator::server
