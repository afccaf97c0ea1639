// An agent behind a URL: it gets each turn as a POST and answers in the response.
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
  // `config` names the URL and the time-out.
  explicit HttpAgent(const InboundConfig& config)
      : url_(config.agent_webhook_url), timeout_(config.agent_timeout) {}

  // Any answer but a 2xx with {"success": true, …} is a failure.
  AgentAnswer process(const Turn& turn) override;

  // Ends the calls under way within about a second, as failures.
  void stop() { stop_.request_stop(); }

 private:
  const std::string url_;
  const std::chrono::seconds timeout_;
  net::HttpClient client_;
  std::stop_source stop_;
};

}  // namespace orchestrator::inbound
