#include "support/http_client.hpp"

#include <httplib.h>

#include "support/sanitizers.hpp"

namespace orchestrator::support {

namespace {

HttpAnswer answer_of(const httplib::Result& result) {
  if (!result) return {};
  return {result->status, result->body, result->get_header_value("Retry-After")};
}

}  // namespace

HttpClient::HttpClient(int port, std::chrono::seconds limit)
    : client_(std::make_unique<httplib::Client>("127.0.0.1", port)) {
  client_->set_keep_alive(true);
  client_->set_tcp_nodelay(true);
  client_->set_read_timeout(limit.count() * kSlowness);
}

HttpClient::~HttpClient() = default;

HttpAnswer HttpClient::get(const std::string& path) { return answer_of(client_->Get(path.c_str())); }

HttpAnswer HttpClient::post(const std::string& path, const nlohmann::json& body) {
  return answer_of(client_->Post(path.c_str(), body.dump(), "application/json"));
}

HttpAnswer HttpClient::put(const std::string& path, const nlohmann::json& body) {
  return answer_of(client_->Put(path.c_str(), body.dump(), "application/json"));
}

HttpAnswer HttpClient::remove(const std::string& path) { return answer_of(client_->Delete(path.c_str())); }

nlohmann::json message_body(const std::string& user, const std::string& text, const std::string& priority) {
  return {{"userId", user},
          {"agentId", "concierge_agent_1"},
          {"messageData", {{"content", text}}},
          {"priority", priority}};
}

}  // namespace orchestrator::support
