// Many connections of one hostile client. No call blocks on the server.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "server/socket.hpp"

namespace orchestrator::abuse {

// For use by one thread.
class HostileConnections {
 public:
  // `smallest` makes the kernel buffer as little of a response as it can.
  enum class ReceiveBuffer { standard, smallest };

  // Throws std::runtime_error when it cannot connect.
  HostileConnections(int port, std::size_t count, ReceiveBuffer receive_buffer = ReceiveBuffer::standard);

  std::size_t count() const { return sockets_.size(); }

  // Sends the bytes that the kernel accepts immediately and discards the rest, so that a server that does not
  // read cannot block the test.
  void send(std::size_t index, std::string_view bytes);
  void send_on_all(std::string_view bytes);

  void stop_sending();  // closes the sending direction of all connections
  void reset();         // closes all connections with RST instead of FIN

  // The number of connections on which a response has arrived or which the server has closed.
  std::size_t count_answered() const;

 private:
  std::vector<server::Socket> sockets_;
};

}  // namespace orchestrator::abuse
