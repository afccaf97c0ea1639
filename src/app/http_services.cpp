#include "app/http_services.hpp"

#include <utility>

#include "policy/policy.hpp"

namespace orchestrator::app {
namespace {

// How many waiting messages of one person are read to predict when one of them goes.
constexpr std::size_t kMaxPredictedMessages = 10'000;

api::TurnServices turn_services(inbound::Coordinator& coordinator, storage::TurnStore& turns,
                                const Clock& clock) {
  return {
      .claim = [&] { return coordinator.claim(); },
      .finish = [&](const std::string& turn, const std::string& token,
                    const AgentAnswer& answer) { return coordinator.finish(turn, token, answer); },
      .renew = [&](const std::string& turn,
                   const std::string& token) { return turns.renew(turn, token, clock.now()); },
      .exists = [&](const std::string& turn) { return turns.exists(turn); },
  };
}

api::CoordinatorServices coordinator_services(inbound::Coordinator& coordinator,
                                              storage::ContactStore& contacts, const Clock& clock,
                                              const InboundConfig& config) {
  using Phone = api::CoordinatorServices::Phone;
  return {
      .stats = [&] { return contacts.stats(clock.now()); },
      .busiest = [&](std::size_t limit) { return contacts.busiest(limit); },
      .find = [&](const std::string& id, const Phone& phone) { return contacts.find(id, phone); },
      .flush = [&](const std::string& id,
                   const Phone& phone) { return contacts.flush(id, phone, clock.now()); },
      .flush_all = [&] { return contacts.flush_all(clock.now()); },
      .unlock = [&](const std::string& id,
                    const Phone& phone) { return contacts.unlock(id, phone, clock.now()); },
      .unlock_all = [&] { return contacts.unlock_all(clock.now()); },
      .recover_expired = [&] { return coordinator.recover_expired(); },
      .run_self_test = [&] { return contacts.run_self_test(clock.now()); },
      .emergency_threshold = static_cast<std::size_t>(config.emergency_threshold),
  };
}

}  // namespace

api::Services services_of(const Providers& providers, const InboundConfig& config) {
  Stores& stores = providers.stores;
  processor::Processor& processor = providers.processor;
  ingest::Ingest& ingest = providers.ingest;
  inbound::Coordinator& coordinator = providers.coordinator;
  events::Feed& feed = providers.feed;
  metrics::Metrics& metrics = providers.metrics;
  const Clock& clock = providers.clock;
  return {
      .schedule = [&](ScheduleRequest request) { return ingest.schedule(std::move(request)); },
      .schedule_all =
          [&](std::vector<ScheduleRequest> requests) { return ingest.schedule_all(std::move(requests)); },
      .find_message = [&](const MessageId& id) { return stores.messages.find(id); },
      .cancel_message = [&](const MessageId& id, const std::string& reason,
                            Instant now) { return stores.messages.cancel(id, reason, now); },
      .snapshot_of =
          [&](const UserId& user) { return stores.messages.snapshot_of(user, kMaxPredictedMessages); },
      .put_user = [&](const User& user) { return stores.users.put(user); },
      .find_user = [&](const UserId& id) { return stores.users.find(id); },
      .receive = [&](const auto& messages) { return coordinator.receive(messages); },
      .listen = [&](const std::string& last_event_id) { return feed.listen(last_event_id); },
      .report_deliveries =
          [&](const std::vector<DeliveryReport>& reports) {
            return stores.delivery_reports.report(reports, clock.now());
          },
      .turns = turn_services(coordinator, providers.people.turns, clock),
      .coordinator = coordinator_services(coordinator, providers.people.contacts, clock, config),
      .reformulations = [&](std::optional<Instant> since,
                            std::size_t limit) { return stores.reformulations.open(since, limit); },
      .finish_reformulation = [&](const std::string& id,
                                  Instant now) { return stores.reformulations.finish(id, now); },
      .process_queue = [&] { return processor.run_full_pass(); },
      .processor_status = [&] { return processor.status(); },
      .database_ready = [&] { return stores.request_database.is_ready(); },
      .metrics_text = [&] { return metrics.text(); },
      .schedule_took = [&](metrics::Seconds took) { metrics.record_ingest(took); },
      .is_timezone = policy::is_timezone,
  };
}

api::WebhookSecrets webhook_secrets(const Config& config) {
  return {.public_url = config.http.public_url,
          .twilio_auth_token = config.delivery.twilio.auth_token,
          .whatsapp_app_secret = config.delivery.whatsapp.app_secret,
          .whatsapp_verify_token = config.delivery.whatsapp.verify_token};
}

}  // namespace orchestrator::app
