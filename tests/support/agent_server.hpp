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

// Safe for concurrent use. Answers as many turns at once as come.
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

  // All turns that came, tries included, in the order of their arrival.
  std::vector<nlohmann::json> turns() const;

  // The texts that a contact's turns held, each turn's joined by '|', tries included.
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
