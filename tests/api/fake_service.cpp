#include "api/fake_service.hpp"

namespace orchestrator::api::testing {

using namespace std::chrono_literals;

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
                         WebhookSecrets webhooks, const RuleDefaults& rules) {
  std::vector<Secret> secrets;
  for (const auto& key : api_keys) secrets.emplace_back(key);
  routes_ = std::make_unique<Routes>(services(), Access(secrets), clock_, rules, std::move(webhooks));
  server_ = std::make_unique<server::Server>("127.0.0.1", 0, routes_->application(), limits);
}

std::vector<ScheduleRequest> FakeService::scheduled() const {
  const std::lock_guard lock(mutex_);
  return scheduled_;
}

std::optional<User> FakeService::stored_user(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(id);
  return found == users_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> FakeService::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

ingest::ScheduleResult FakeService::schedule(const ScheduleRequest& request) {
  before_schedule();
  if (reject_with) return *reject_with;
  if (schedule_one) return schedule_one(request);
  const std::lock_guard lock(mutex_);
  scheduled_.push_back(request);
  return Scheduled{Scheduled::Kind::queued, MessageId("019a0000-0000-7000-8000-000000000001"),
                   request.scheduled_for};
}

std::vector<IncomingMessage> FakeService::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

std::vector<std::size_t> FakeService::receive_calls() const {
  const std::lock_guard lock(mutex_);
  return receive_calls_;
}

std::vector<DeliveryReport> FakeService::reported() const {
  const std::lock_guard lock(mutex_);
  return reported_;
}

std::vector<Receipt> FakeService::receive(const std::vector<IncomingMessage>& messages) {
  const std::lock_guard lock(mutex_);
  receive_calls_.push_back(messages.size());
  std::vector<Receipt> receipts;
  for (const auto& message : messages) {
    receipts.push_back(receive_one ? receive_one(message)
                                   : Receipt{.id = MessageId("019a0000-0000-7000-8000-000000000002"),
                                             .user = UserId(message.contact_id)});
  }
  received_.insert(received_.end(), messages.begin(), messages.end());
  return receipts;
}

std::size_t FakeService::report(const std::vector<DeliveryReport>& reports) {
  const std::lock_guard lock(mutex_);
  for (const auto& told : reports) before_report(told);
  reported_.insert(reported_.end(), reports.begin(), reports.end());
  return reports.size();
}

std::vector<std::string> FakeService::resumed_after() const {
  const std::lock_guard lock(mutex_);
  return resumed_after_;
}

std::unique_ptr<events::Listener> FakeService::listen(const std::string& last_event_id) {
  const std::lock_guard lock(mutex_);
  if (listeners_ == most_listeners) return nullptr;
  ++listeners_;
  resumed_after_.push_back(last_event_id);
  return std::make_unique<events::Listener>(broadcast, broadcast.end(), [this] { --listeners_; });
}

Services FakeService::services() {
  using PutResult = std::variant<PutOutcome, Rejection>;
  Services services;
  services.schedule = [this](const ScheduleRequest& request) { return schedule(request); };
  services.schedule_all = [this](const std::vector<ScheduleRequest>& requests) {
    std::vector<ingest::ScheduleResult> results;
    for (const auto& request : requests) results.push_back(schedule(request));
    return results;
  };
  services.find_message = [this](const MessageId& id) {
    return known_message && known_message->id == id ? known_message : std::nullopt;
  };
  services.snapshot_of = [this](const UserId&) { return known_line; };
  services.cancel_message = [this](const MessageId& id, const std::string& reason, Instant) {
    const std::lock_guard lock(mutex_);
    cancelled_.push_back(id.value + " " + reason);
    return cancellation;
  };
  services.put_user = [this](const User& user) -> PutResult {
    if (reject_with) return *reject_with;
    const std::lock_guard lock(mutex_);
    const bool is_new = users_.insert_or_assign(user.id.value, user).second;
    return is_new ? PutOutcome::created : PutOutcome::replaced;
  };
  services.find_user = [this](const UserId& id) {
    return known_user && known_user->user.id == id ? known_user : std::nullopt;
  };
  services.receive = [this](const std::vector<IncomingMessage>& messages) { return receive(messages); };
  services.report_deliveries = [this](const std::vector<DeliveryReport>& reports) { return report(reports); };
  services.reformulations = [this](std::optional<Instant> since, std::size_t limit) {
    std::vector<ReformulationRequest> found;
    for (const auto& request : open_reformulations) {
      if ((!since || request.created_at > *since) && found.size() < limit) found.push_back(request);
    }
    return found;
  };
  services.finish_reformulation = [this](const std::string& id, Instant) {
    return std::erase_if(open_reformulations, [&](const auto& request) { return request.id == id; }) > 0;
  };
  services.listen = [this](const std::string& last_event_id) { return listen(last_event_id); };
  services.process_queue = [this] {
    processor::PassSummary pass;
    pass.started_at = clock_.now();
    pass.promoted = 3;
    pass.deferred = 2;
    return pass;
  };
  services.processor_status = [this] { return processor_status; };
  services.database_ready = [this] { return database_ready; };
  services.metrics_text = [] { return std::string("orchestrator_up 1\n"); };
  services.schedule_took = [](std::chrono::duration<double>) {};
  services.is_timezone = [](std::string_view name) { return name == "Europe/Berlin"; };
  return services;
}

std::string schedule_body(std::string_view fields) {
  std::string body =
      R"({"userId":"user_123","agentId":"concierge_agent_456","messageData":{"content":"Hello"})";
  if (!fields.empty()) body.append(",").append(fields);
  return body + "}";
}

}  // namespace orchestrator::api::testing
