// An agent behind AGENT_WEBHOOK_URL, scripted by a test.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace httplib {
class Server;
}

namespace orchestrator::support {

// Safe for concurrent use. Answers any number of turns concurrently.
class AgentServer {
 public:
  struct Answer {
    int status = 200;
    std::string body;
  };
  // Called for each turn, from several threads; may block.
  using Script = std::function<Answer(const nlohmann::json& turn)>;

  explicit AgentServer(Script script);
  ~AgentServer();
  AgentServer(const AgentServer&) = delete;
  AgentServer& operator=(const AgentServer&) = delete;

  std::string url() const;

  // All turns received, including repeated attempts, in order of arrival.
  std::vector<nlohmann::json> turns() const;

  // The texts of a contact's turns, each turn's joined by '|', including repeated attempts.
  std::vector<std::string> texts_of(const std::string& contact) const;

 private:
  const Script script_;
  mutable std::mutex mutex_;
  std::vector<nlohmann::json> turns_;
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::thread thread_;
};

// {"success": true, "response": …}
AgentServer::Answer says(const std::string& response);

}  // namespace orchestrator::support
