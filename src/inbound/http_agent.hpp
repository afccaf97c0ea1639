// An agent behind a URL: each turn is pushed to it as a POST, and the response is the answer.
#pragma once

#include <stop_token>
#include <string>

#include "net/http_client.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::inbound {

// Safe for concurrent use.
class HttpAgent final : public AgentProcessor {
 public:
  // Uses agent_webhook_url and agent_timeout of `config`.
  explicit HttpAgent(const InboundConfig& config)
      : url_(config.agent_webhook_url), timeout_(config.agent_timeout) {}

  // Fails unless the response is a 2xx with {"success": true, …}.
  AgentAnswer process(const Turn& turn) override;

  // Ends the calls in progress, as failures, within about a second.
  void stop() { stop_.request_stop(); }

 private:
  const std::string url_;
  const std::chrono::seconds timeout_;
  net::HttpClient client_;
  std::stop_source stop_;
};

}  // namespace orchestrator::inbound
