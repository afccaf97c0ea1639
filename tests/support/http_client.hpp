// An HTTP client as an agent uses it: sequential requests over one keep-alive connection.
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace httplib {
class Client;
class Result;
}  // namespace httplib

namespace orchestrator::support {

struct HttpAnswer {
  int status = 0;  // 0: no response
  std::string body;
  std::string retry_after;

  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

// For use by one thread. Reconnects when necessary, so it may outlive the server.
class HttpClient {
 public:
  // Waits at most `limit` for a response; the default is longer than the service's own time-outs.
  explicit HttpClient(int port, std::chrono::seconds limit = std::chrono::seconds{30});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  HttpAnswer get(const std::string& path);
  HttpAnswer post(const std::string& path, const nlohmann::json& body = nlohmann::json::object());
  HttpAnswer put(const std::string& path, const nlohmann::json& body);
  HttpAnswer remove(const std::string& path);

 private:
  std::unique_ptr<httplib::Client> client_;
};

// The body of a POST /schedule-message.
nlohmann::json message_body(const std::string& user, const std::string& text,
                            const std::string& priority = "medium");

}  // namespace orchestrator::support
