// TCP sockets: their lifetime, and the one that listens.
#pragma once

#include <string>
#include <utility>

namespace orchestrator::server {

// Owns a descriptor.
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

// Accepts connections. A port that another process listens on is an error, never shared.
class Listener {
 public:
  // Port 0 takes any free one. Throws std::runtime_error that names the address and the reason.
  Listener(const std::string& host, int port);

  int port() const { return port_; }
  int descriptor() const { return socket_.descriptor(); }

  // Waits for the next connection. Closed only after stop(); every other trouble is waited out, because
  // a server that no longer accepts is as good as dead.
  Socket accept();

  // Ends accept(), from any thread.
  void stop();

 private:
  Socket socket_;
  int port_ = 0;
};

}  // namespace orchestrator::server
