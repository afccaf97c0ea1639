// A client that sends any bytes whatever: for requests that no well-behaved client would make.
#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "server/socket.hpp"

namespace orchestrator::support {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  nlohmann::json json() const { return nlohmann::json::parse(body); }
  std::string error() const { return json().value("error", ""); }
};

// Under a sanitizer, its five seconds are several times that.
class RawClient {
 public:
  explicit RawClient(int port);

  void send(std::string_view bytes);
  bool send_now(std::string_view bytes);  // false when the socket does not take all at once
  void stop_sending();

  // The next answer on the connection; nothing if it does not come whole within five seconds.
  std::optional<Answer> read_answer(bool to_head = false);

  // Whether the text comes within five seconds, in what follows the last answer or text that was read.
  bool read_until(std::string_view text);

  // Everything until the server closes; fails the test if it does not within five seconds.
  std::string read_until_closed();

  // How long the server took to close; five seconds at most.
  std::chrono::milliseconds time_until_closed();

 private:
  bool receive();

  server::Socket socket_;
  std::string inbox_;
};

std::string request_text(std::string_view method, std::string_view path, std::string_view body = {},
                         std::string_view headers = {});

// One request on a connection of its own.
Answer exchange(int port, std::string_view method, std::string_view path, std::string_view body = {},
                std::string_view headers = {});

}  // namespace orchestrator::support
