#include "api/fake_service.hpp"

namespace orchestrator::api::testing {

using namespace std::chrono_literals;

namespace {

ApiKeys keys_of(const std::vector<std::string>& texts) {
  std::vector<Secret> keys;
  for (const auto& text : texts) keys.emplace_back(text);
  return ApiKeys(keys);
}

}  // namespace

server::ServerLimits short_limits() {
  return {.connection = {.idle = 2s, .request = 300ms, .write = 300ms, .linger = 100ms},
          .workers = 32,
          .stop_grace = 500ms};
}

WebhookSecrets webhook_secrets() {
  return {.public_url = "https://sms.example.com",
          .twilio_auth_token = Secret("twilio-token"),
          .whatsapp_app_secret = Secret("app-secret"),
          .whatsapp_verify_token = Secret("verify-me")};
}

FakeService::FakeService(const std::vector<std::string>& api_keys, server::ServerLimits limits,
                         WebhookSecrets webhooks, const RuleDefaults& rules)
    : schedule_(*this, clock_, rules),
      messages_(*this, clock_, rules),
      preview_(*this, clock_, rules),
      users_(*this, clock_, rules),
      inbound_(*this),
      webhooks_(*this, *this, std::move(webhooks)),
      reformulations_(*this),
      events_(*this),
      turns_(turns),
      coordinator_(coordinator, clock_, process_),
      operations_({*this, coordinator, schedule_, clock_, process_}),
      router_(std::make_unique<Router>(
          std::vector{schedule_.routes(), messages_.routes(), preview_.routes(), users_.routes(),
                      inbound_.routes(), webhooks_.routes(), reformulations_.routes(), events_.routes(),
                      turns_.routes(), coordinator_.routes(), operations_.routes()},
          keys_of(api_keys))),
      server_(std::make_unique<server::Server>("127.0.0.1", 0, router_->application(), limits)) {}

std::string schedule_body(std::string_view fields) {
  std::string body =
      R"({"userId":"user_123","agentId":"concierge_agent_456","messageData":{"content":"Hello"})";
  if (!fields.empty()) body.append(",").append(fields);
  return body + "}";
}

}  // namespace orchestrator::api::testing
