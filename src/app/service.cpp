#include "app/service.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "app/anthropic_rendering.hpp"
#include "app/http_api.hpp"
#include "app/metric_sources.hpp"
#include "app/pass_report.hpp"
#include "app/senders.hpp"
#include "app/start_up.hpp"
#include "app/stores.hpp"
#include "delivery/delivery.hpp"
#include "inbound/http_agent.hpp"
#include "inbound/status_text.hpp"
#include "logging/logging.hpp"
#include "net/http_client.hpp"
#include "policy/policy.hpp"
#include "processor/retention.hpp"
#include "server/server.hpp"
#include "storage/errors.hpp"

namespace orchestrator::app {
namespace {

// At a stop: the time for agents to answer. Another instance then retries the unanswered turns.
constexpr std::chrono::seconds kAgentGracePeriod{5};

// Everything that a stored blocked_until depends on besides the user.
std::string rules_fingerprint(const RuleDefaults& rules) {
  return fmt::format("cooldown={} hourly={} daily={} quiet={}:{}-{} active={} zone={} tzdata={}",
                     rules.cooldown.count(), rules.hourly_limit, rules.daily_limit, rules.quiet_hours.enabled,
                     rules.quiet_hours.start.count(), rules.quiet_hours.end.count(),
                     rules.active_window.count(), rules.timezone, policy::timezone_database_version());
}

// Returns false if another transaction has locked a row; the caller must try again.
bool adopt_rules(storage::PassStore& passes, const RuleDefaults& rules) {
  try {
    if (passes.adopt_rules(rules_fingerprint(rules)))
      logging::info("The rules have changed since the last start; every user will be evaluated again");
    return true;
  } catch (const storage::Locked&) {
    return false;
  }
}

// The arguments must outlive the delivery.
delivery::Delivery::Context delivery_context(const Config& config, Stores& stores, Sender& sender,
                                             const Clock& clock, UuidV7Source& ids,
                                             metrics::Metrics& metrics) {
  const std::string provider = sender.provider();
  return {.store = stores.deliveries,
          .sender = sender,
          .clock = clock,
          .ids = ids,
          .rules = config.rules,
          .unknown_policy = config.delivery.unknown_policy,
          .concurrency = static_cast<std::size_t>(config.delivery.concurrency),
          .messages_per_second = config.delivery.messages_per_second,
          .on_attempt =
              [&metrics, provider](const delivery::Delivery::Attempt& attempt) {
                metrics.record_send_attempt(provider, attempt.outcome, attempt.took);
              },
          .on_in_flight = [&metrics, provider](
                              std::size_t messages) { metrics.set_messages_in_flight(provider, messages); }};
}

inbound::CoordinatorHooks coordinator_hooks(processor::Processor& processor,
                                            std::optional<delivery::Delivery>& delivery,
                                            metrics::Metrics& metrics) {
  inbound::CoordinatorHooks hooks;
  hooks.messages_freed = [&] { processor.wake(); };
  hooks.reply_queued = [&] {
    if (delivery) delivery->wake();
  };
  hooks.received = [&](Receipt::Kind kind) { metrics.count_inbound_message(inbound::to_text(kind)); };
  hooks.turn_finished = [&](TurnOutcome outcome) { metrics.count_turn(inbound::to_text(outcome)); };
  hooks.agent_answered = [&](metrics::Seconds took) { metrics.record_agent_call(took); };
  return hooks;
}

ingest::Ingest::Hooks ingest_hooks(processor::Processor& processor,
                                   std::optional<delivery::Delivery>& delivery, metrics::Metrics& metrics) {
  ingest::Ingest::Hooks hooks;
  hooks.express_queued = [&] { processor.wake(); };
  hooks.promoted = [&](std::int64_t messages) {
    processor.count_promotions(messages);
    metrics.count_promotions(messages);
    if (delivery) delivery->wake();
  };
  return hooks;
}

void sync_clock(storage::Database& database, DatabaseClock& clock) {
  const auto time = database.measure_time();
  clock.synchronize(time.database_now, time.asked, time.answered);
}

// Null: agents pull their turns.
std::unique_ptr<inbound::HttpAgent> remote_agent_of(const InboundConfig& config) {
  return config.agent_webhook_url.empty() ? nullptr : std::make_unique<inbound::HttpAgent>(config);
}

}  // namespace

void serve(const Config& config, AgentProcessor* agent) {
  const auto embedded = start_embedded(config.database);
  const Secret url = embedded ? Secret{embedded->url()} : config.database.url;
  const LogicalShards shards = bring_schema_up_to_date(url, config.database.logical_shards);

  Stores stores(url, shards);
  DatabaseClock clock;
  const auto measure_time = [&] { sync_clock(stores.background_database, clock); };
  retry_until_available(measure_time);
  UuidV7Source ids(shards);
  InboundStores inbound_stores(stores, config, ids);
  metrics::Metrics metrics([&] { return queue_depths(stores.stats); },
                           [&] { return inbound_depths(inbound_stores.contacts, clock.now()); });

  net::HttpClient http_client;
  const auto sender = make_sender(config.delivery, config.http.public_url, http_client);
  std::optional<delivery::Delivery> delivery;
  if (sender) delivery.emplace(delivery_context(config, stores, *sender, clock, ids, metrics));

  std::unique_ptr<AnthropicRendering> rendering;
  retry_until_available(
      [&] { rendering = start_rendering(config.anthropic, stores.renderings, clock, ids, metrics); });
  const auto on_pass = [&](const processor::PassSummary& summary, processor::PassKind kind,
                           metrics::Seconds took) {
    report_pass(summary, kind, took, metrics);
    if (delivery && summary.promoted > 0) delivery->wake();
    if (rendering && summary.sent_to_llm > 0) rendering->wake();
  };
  processor::Retention retention(stores.retention, config.processor.retention_days);
  const auto between_passes = [&, adopted = false]() mutable {
    adopted = adopted || adopt_rules(stores.passes, config.rules);
    retention.tick(clock.now());
  };
  processor::Processor processor({.store = stores.passes,
                                  .clock = clock,
                                  .ids = ids,
                                  .rules = config.rules,
                                  .busy_threshold = config.processor.busy_threshold},
                                 config.processor, {measure_time, on_pass, between_passes});
  ingest::Ingest ingest(stores.queue, clock, ids, config.ingest, config.rules,
                        ingest_hooks(processor, delivery, metrics));
  events::Feed feed(stores.events, clock);
  const auto remote_agent = remote_agent_of(config.inbound);
  inbound::Coordinator coordinator(
      {inbound_stores.inbound, inbound_stores.turns, inbound_stores.contacts, clock}, config.inbound,
      agent != nullptr ? agent : remote_agent.get(), coordinator_hooks(processor, delivery, metrics));

  HttpApi http_api({stores, inbound_stores, processor, ingest, coordinator, feed, metrics, clock}, config);
  server::Server server(config.http.host, config.http.port, http_api.application());

  report_ready(config, server.port());
  wait_for_stop_signal(embedded.get());
  server.stop();
  logging::info("Stopped accepting requests; finishing the work in progress");
  coordinator.drain(kAgentGracePeriod);
  if (remote_agent) remote_agent->stop();
}

void migrate_only(const Config& config) {
  const auto embedded = start_embedded(config.database);
  bring_schema_up_to_date(embedded ? Secret{embedded->url()} : config.database.url,
                          config.database.logical_shards);
  logging::info("The schema is up to date");
}

}  // namespace orchestrator::app
