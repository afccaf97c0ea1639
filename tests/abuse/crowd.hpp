// Many connections of one hostile client, none of which ever makes it wait.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "server/socket.hpp"

namespace orchestrator::abuse {

// For one thread.
class Crowd {
 public:
  enum class Reading { as_usual, hardly };  // hardly: the kernel, too, takes next to nothing of an answer

  // Throws std::runtime_error when it cannot connect.
  Crowd(int port, std::size_t size, Reading reading = Reading::as_usual);

  std::size_t size() const { return sockets_.size(); }

  // Sends what the kernel takes at once, so that a server that reads nothing holds up nobody here.
  void say(std::size_t who, std::string_view bytes);
  void all_say(std::string_view bytes);

  void stop_sending();  // all: half-closed from now on
  void reset();         // all hang up with RST instead of FIN

  // How many the server has closed, or answered.
  std::size_t count_answered() const;

 private:
  std::vector<server::Socket> sockets_;
};

}  // namespace orchestrator::abuse
