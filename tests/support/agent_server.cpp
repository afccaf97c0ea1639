#include "support/agent_server.hpp"

#include <httplib.h>

namespace orchestrator::support {

AgentServer::Answer says(const std::string& response) {
  return {200, nlohmann::json{{"success", true}, {"response", response}}.dump()};
}

AgentServer::AgentServer(Script script)
    : script_(std::move(script)), server_(std::make_unique<httplib::Server>()) {
  server_->new_task_queue = [] { return new httplib::ThreadPool(64); };
  server_->Post("/turn", [this](const httplib::Request& request, httplib::Response& response) {
    const auto turn = nlohmann::json::parse(request.body);
    {
      const std::lock_guard lock(mutex_);
      turns_.push_back(turn);
    }
    const Answer answer = script_(turn);
    response.status = answer.status;
    response.set_content(answer.body, "application/json");
  });
  port_ = server_->bind_to_any_port("127.0.0.1");
  thread_ = std::thread([this] { server_->listen_after_bind(); });
}

AgentServer::~AgentServer() {
  server_->stop();
  thread_.join();
}

std::string AgentServer::url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/turn"; }

std::vector<nlohmann::json> AgentServer::turns() const {
  const std::lock_guard lock(mutex_);
  return turns_;
}

std::vector<std::string> AgentServer::texts_of(const std::string& contact) const {
  std::vector<std::string> all;
  for (const auto& turn : turns()) {
    if (turn.at("contactId") != contact) continue;
    std::string texts;
    for (const auto& message : turn.at("messages")) {
      texts += (texts.empty() ? "" : "|") + message.at("text").get<std::string>();
    }
    all.push_back(texts);
  }
  return all;
}

}  // namespace orchestrator::support
