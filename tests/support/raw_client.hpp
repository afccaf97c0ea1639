// A client that sends arbitrary bytes, for requests that no well-behaved client would send.
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

// Its limit of five seconds is multiplied under a sanitizer.
class RawClient {
 public:
  explicit RawClient(int port);

  void send(std::string_view bytes);
  bool send_now(std::string_view bytes);  // false when the socket does not accept all bytes immediately
  void stop_sending();

  // The next response on the connection; nothing if it is incomplete after five seconds.
  std::optional<Answer> read_answer(bool to_head = false);

  // Whether the text arrives within five seconds after what was read last.
  bool read_until(std::string_view text);

  // Everything until the server closes; fails the test if that takes longer than five seconds.
  std::string read_until_closed();

  // The time until the server closes; five seconds at most.
  std::chrono::milliseconds time_until_closed();

 private:
  bool receive();

  server::Socket socket_;
  std::string inbox_;
};

std::string request_text(std::string_view method, std::string_view path, std::string_view body = {},
                         std::string_view headers = {});

// Sends one request on a new connection.
Answer exchange(int port, std::string_view method, std::string_view path, std::string_view body = {},
                std::string_view headers = {});

}  // namespace orchestrator::support
