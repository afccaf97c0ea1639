#include "service.hpp"

#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <optional>
#include <thread>

#include "delivery/console_sender.hpp"
#include "delivery/delivery.hpp"
#include "embedded/embedded_postgres.hpp"
#include "events/feed.hpp"
#include "http/routes.hpp"
#include "http/server.hpp"
#include "inbound/coordinator.hpp"
#include "inbound/http_agent.hpp"
#include "ingest/ingest.hpp"
#include "llm/anthropic_rendering.hpp"
#include "logging/logging.hpp"
#include "metrics/metrics.hpp"
#include "policy/policy.hpp"
#include "processor/processor.hpp"
#include "processor/retention.hpp"
#include "storage/delivery_store.hpp"
#include "storage/errors.hpp"
#include "storage/event_store.hpp"
#include "storage/message_store.hpp"
#include "storage/migrations.hpp"
#include "storage/pass_store.hpp"
#include "storage/queue_store.hpp"
#include "storage/reformulation_store.hpp"
#include "storage/render_store.hpp"
#include "storage/retention_store.hpp"
#include "storage/stats_store.hpp"
#include "storage/user_store.hpp"

namespace orchestrator {
namespace {

// Connections of the processor, the writers and the sender; those of requests are apart, so that many
// requests cannot keep a pass waiting.
constexpr std::size_t kWorkConnections = 8;
constexpr std::size_t kRequestConnections = 8;

struct Stores {
  explicit Stores(const Secret& url) : work(url, kWorkConnections), requests(url, kRequestConnections) {}

  storage::Database work;
  storage::Database requests;
  storage::PassStore passes{work};
  storage::QueueStore queue{work};
  storage::DeliveryStore deliveries{work};
  storage::RenderStore renderings{work};
  storage::RetentionStore retention{work};
  storage::UserStore users{requests};
  storage::MessageStore messages{requests};
  storage::ReformulationStore reformulations{requests};
  storage::StatsStore stats{requests};
  storage::EventStore events{requests};
};

// What people write. Agents and gateways are requests like others.
struct InboundStores {
  InboundStores(storage::Database& database, const Config& config, UuidV7Source& ids)
      : rules(inbound::rules_of(config.inbound, config.rules)),
        inbound(database, rules, ids),
        turns(database, rules, ids),
        contacts(database, rules, ids) {}

  storage::InboundRules rules;
  storage::InboundStore inbound;
  storage::TurnStore turns;
  storage::ContactStore contacts;
};

// How long a database that is not there yet is waited for at start.
constexpr std::chrono::seconds kWaitForDatabase{30};

// Null when the configuration names a database.
std::unique_ptr<EmbeddedPostgres> start_embedded(const DatabaseConfig& config) {
  if (!config.url.empty()) return nullptr;
  log_info(fmt::format("No DATABASE_URL: starting the embedded PostgreSQL in {}", config.data_dir.string()));
  return std::make_unique<EmbeddedPostgres>(EmbeddedPostgres::Options{.data_dir = config.data_dir});
}

void bring_schema_up_to_date(const Secret& url) {
  const auto give_up = std::chrono::steady_clock::now() + kWaitForDatabase;
  while (true) {
    try {
      for (const auto& name : storage::migrate(url)) log_info("Applied migration " + name);
      return;
    } catch (const storage::Unavailable& failure) {
      if (std::chrono::steady_clock::now() >= give_up) throw;
      log_warning(fmt::format("Waiting for the database: {}", failure.what()));
      std::this_thread::sleep_for(std::chrono::seconds{1});
    }
  }
}

// Everything that a stored gate depends on besides the user.
std::string rules_fingerprint(const RuleDefaults& rules) {
  return fmt::format("cooldown={} hourly={} daily={} quiet={}:{}-{} active={} zone={} tzdata={}",
                     rules.cooldown.count(), rules.hourly_limit, rules.daily_limit, rules.quiet_hours.enabled,
                     rules.quiet_hours.start.count(), rules.quiet_hours.end.count(),
                     rules.active_window.count(), rules.timezone, policy::timezone_database_version());
}

// Whether it is done; false: somebody holds a gate, to be tried again.
bool adopt_rules(storage::PassStore& passes, const RuleDefaults& rules) {
  try {
    if (passes.adopt_rules(rules_fingerprint(rules)))
      log_info("The rules have changed: all gates are reopened");
    return true;
  } catch (const storage::Locked&) {
    return false;
  }
}

const char* outcome_text(SendOutcome::Kind kind) {
  switch (kind) {
    case SendOutcome::Kind::accepted:
      return "accepted";
    case SendOutcome::Kind::permanent:
      return "permanent";
    case SendOutcome::Kind::unknown:
      return "unknown";
  }
  std::abort();
}

const char* outcome_text(Receipt::Kind kind) {
  switch (kind) {
    case Receipt::Kind::queued:
      return "queued";
    case Receipt::Kind::duplicate:
      return "duplicate";
    case Receipt::Kind::opted_out:
      return "opted_out";
    case Receipt::Kind::opted_in:
      return "opted_in";
  }
  std::abort();
}

const char* outcome_text(storage::TurnOutcome outcome) {
  switch (outcome) {
    case storage::TurnOutcome::done:
      return "done";
    case storage::TurnOutcome::retrying:
      return "retrying";
    case storage::TurnOutcome::failed:
      return "failed";
    case storage::TurnOutcome::stale:
      return "stale";
    case storage::TurnOutcome::unknown:
      return "unknown";
  }
  std::abort();
}

Metrics::Inbound inbound_depths(storage::ContactStore& contacts, Instant now) {
  const auto stats = contacts.stats(now);
  return {stats.messages_waiting, stats.contacts_waiting, stats.contacts_in_process};
}

std::vector<Metrics::Depth> depths_of(storage::StatsStore& stats) {
  std::vector<Metrics::Depth> depths;
  for (auto& depth : stats.queue_depth()) depths.push_back({depth.lane, depth.status, depth.messages});
  return depths;
}

Metrics::Pass metrics_of(const PassSummary& summary, PassKind kind, Seconds took) {
  return {.kind = kind == PassKind::full ? "full" : "express",
          .took = took,
          .promoted = summary.promoted,
          .expired = summary.expired,
          .cancelled = summary.cancelled,
          .failed = summary.failed,
          .deferred_by = summary.deferred_by};
}

void log_pass(const PassSummary& summary, PassKind kind, Seconds took) {
  // One that is soon repeated, because somebody holds a row, says nothing, ten times a second.
  const bool is_one_of_many = kind == PassKind::express || summary.left_some;
  if (is_one_of_many && summary.promoted + summary.deferred == 0) return;
  log_info(
      fmt::format("Processed the message queue in {:.0f} ms: {} promoted, {} deferred, {} expired, "
                  "{} cancelled, {} failed",
                  took.count() * 1000, summary.promoted, summary.deferred, summary.expired, summary.cancelled,
                  summary.failed));
}

// One line for machines, and something to paste for the person who has just started it.
void announce(const Config& config, int port) {
  const std::string host = config.http.host == "0.0.0.0" ? "127.0.0.1" : config.http.host;
  const std::string url = fmt::format("http://{}:{}", host, port);
  log_info(fmt::format("message-orchestrator is listening on {}/", url));
  if (config.log.format != LogFormat::text) return;
  const char* key = config.http.api_keys.empty() ? "" : " -H \"Authorization: Bearer $API_KEY\"";
  fmt::print(
      "\nSchedule a first message with\n\n"
      "curl -X PUT {0}/users/demo{1} -d '{{\"phoneNumber\": \"+15550100000\", \"quietHoursEnabled\": "
      "false}}' "
      "&& curl -X POST {0}/schedule-message{1} -d '{{\"userId\": \"demo\", \"agentId\": \"hello_agent\", "
      "\"messageData\": {{\"content\": \"Hello!\"}}, \"priority\": \"high\"}}'\n\n",
      url, key);
  std::fflush(stdout);
}

// Returns when a stop is asked for; meanwhile keeps the embedded server, if there is one, running.
void wait_for_stop_signal(EmbeddedPostgres* embedded) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  constexpr timespec kBetweenChecks{1, 0};
  while (true) {
    const int signal = sigtimedwait(&signals, nullptr, &kBetweenChecks);
    if (signal > 0) {
      log_info(fmt::format("{}: stopping", signal == SIGTERM ? "SIGTERM" : "SIGINT"));
      return;
    }
    try {
      if (embedded && embedded->start())
        log_warning("The embedded PostgreSQL had ended and was started again");
    } catch (const std::exception& failure) {
      log_error(failure.what());
    }
  }
}

// A turn that its agent has not answered by then is tried again by another instance.
constexpr std::chrono::seconds kAgentGrace{5};

// How many waiting messages of one person are read to predict when one of them goes.
constexpr std::size_t kPredictedLine = 10'000;

http::Services services_of(Stores& stores, Processor& processor, Ingest& ingest, events::Feed& feed,
                           Metrics& metrics) {
  return {
      .schedule = [&](ScheduleRequest request) { return ingest.schedule(std::move(request)); },
      .schedule_all =
          [&](std::vector<ScheduleRequest> requests) { return ingest.schedule_all(std::move(requests)); },
      .find_message = [&](const MessageId& id) { return stores.messages.find(id); },
      .cancel_message = [&](const MessageId& id, const std::string& reason,
                            Instant now) { return stores.messages.cancel(id, reason, now); },
      .line_of = [&](const UserId& user) { return stores.messages.line_of(user, kPredictedLine); },
      .put_user = [&](const User& user) { return stores.users.put(user); },
      .find_user = [&](const UserId& id) { return stores.users.find(id); },
      .listen = [&](const std::string& last_event_id) { return feed.listen(last_event_id); },
      .reformulations = [&](std::optional<Instant> since,
                            std::size_t limit) { return stores.reformulations.open(since, limit); },
      .finish_reformulation = [&](const std::string& id,
                                  Instant now) { return stores.reformulations.finish(id, now); },
      .process_queue = [&] { return processor.run_full_pass(); },
      .processor_status = [&] { return processor.status(); },
      .database_ready = [&] { return stores.requests.is_ready(); },
      .metrics_text = [&] { return metrics.text(); },
      .schedule_took = [&](Seconds took) { metrics.ingested(took); },
      .is_timezone = policy::is_timezone,
  };
}

inbound::CoordinatorHooks coordinator_hooks(Processor& processor, std::optional<Delivery>& delivery,
                                            Metrics& metrics) {
  inbound::CoordinatorHooks hooks;
  hooks.person_wrote = [&] { processor.wake(); };
  hooks.reply_waits = [&] {
    if (delivery) delivery->wake();
  };
  hooks.received = [&](Receipt::Kind kind) { metrics.received(outcome_text(kind)); };
  hooks.answered = [&](storage::TurnOutcome outcome) { metrics.turn_answered(outcome_text(outcome)); };
  hooks.agent_took = [&](Seconds took) { metrics.agent_took(took); };
  return hooks;
}

void add_inbound_services(http::Services& services, inbound::Coordinator& coordinator, InboundStores& people,
                          const Clock& clock, const InboundConfig& config) {
  using Phone = http::CoordinatorServices::Phone;
  auto& turns = people.turns;
  auto& contacts = people.contacts;
  services.receive = [&](const auto& messages) { return coordinator.receive(messages); };
  services.turns = {
      .claim = [&] { return coordinator.claim(); },
      .finish = [&](const std::string& turn, const std::string& token,
                    const AgentAnswer& answer) { return coordinator.finish(turn, token, answer); },
      .renew = [&](const std::string& turn,
                   const std::string& token) { return turns.renew(turn, token, clock.now()); },
      .exists = [&](const std::string& turn) { return turns.exists(turn); },
  };
  services.coordinator = {
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
      .rehearse = [&] { return contacts.rehearse(clock.now()); },
      .emergency_threshold = static_cast<std::size_t>(config.emergency_threshold),
  };
}

void set_by(storage::Database& database, DatabaseClock& clock) {
  const auto time = database.measure_time();
  clock.measured(time.database_now, time.asked, time.answered);
}

// Null: agents fetch their turns.
std::unique_ptr<inbound::HttpAgent> remote_agent_of(const InboundConfig& config) {
  return config.agent_webhook_url.empty() ? nullptr : std::make_unique<inbound::HttpAgent>(config);
}

http::WebhookSecrets webhook_secrets(const Config& config) {
  return {.public_url = config.http.public_url,
          .twilio_auth_token = config.delivery.twilio.auth_token,
          .whatsapp_app_secret = config.delivery.whatsapp.app_secret,
          .whatsapp_verify_token = config.delivery.whatsapp.verify_token};
}

}  // namespace

void serve(const Config& config, AgentProcessor* agent) {
  const auto embedded = start_embedded(config.database);
  const Secret url = embedded ? Secret{embedded->url()} : config.database.url;
  bring_schema_up_to_date(url);

  Stores stores(url);
  DatabaseClock clock;
  const auto measure_time = [&] { set_by(stores.work, clock); };
  measure_time();
  UuidV7Source ids;
  InboundStores people(stores.requests, config, ids);
  Metrics metrics([&] { return depths_of(stores.stats); },
                  [&] { return inbound_depths(people.contacts, clock.now()); });

  ConsoleSender console;
  std::optional<Delivery> delivery;
  if (config.delivery.sender == SenderKind::console) {
    delivery.emplace(Delivery::Context{stores.deliveries, console, clock, ids, [&](SendOutcome::Kind kind) {
                                         metrics.delivered(outcome_text(kind));
                                       }});
  }

  const auto rendering = llm::start_rendering(config.anthropic, stores.renderings, clock, ids, metrics);
  const auto passed = [&](const PassSummary& summary, PassKind kind, Seconds took) {
    metrics.passed(metrics_of(summary, kind, took));
    log_pass(summary, kind, took);
    if (delivery && summary.promoted > 0) delivery->wake();
    if (rendering && summary.asked > 0) rendering->wake();
  };
  Retention retention(stores.retention, config.processor.retention_days);
  const auto between_passes = [&, adopted = false]() mutable {
    adopted = adopted || adopt_rules(stores.passes, config.rules);
    retention.tick(clock.now());
  };
  Processor processor({.store = stores.passes,
                       .clock = clock,
                       .ids = ids,
                       .rules = config.rules,
                       .busy_threshold = config.processor.busy_threshold},
                      config.processor, {measure_time, passed, between_passes});
  Ingest ingest(stores.queue, clock, config.ingest, [&] { processor.wake(); });
  events::Feed feed(stores.events, clock);
  const auto remote_agent = remote_agent_of(config.inbound);
  inbound::Coordinator coordinator({people.inbound, people.turns, people.contacts, clock}, config.inbound,
                                   agent != nullptr ? agent : remote_agent.get(),
                                   coordinator_hooks(processor, delivery, metrics));

  http::Services services = services_of(stores, processor, ingest, feed, metrics);
  add_inbound_services(services, coordinator, people, clock, config.inbound);
  http::Routes routes(std::move(services), http::Access(config.http.api_keys), clock, config.rules,
                      webhook_secrets(config));
  http::Server server(config.http.host, config.http.port, routes.application());

  announce(config, server.port());
  wait_for_stop_signal(embedded.get());
  server.stop();
  log_info("Stopped taking requests; finishing the work at hand");
  coordinator.drain(kAgentGrace);
  if (remote_agent) remote_agent->stop();
}

void migrate_only(const Config& config) {
  const auto embedded = start_embedded(config.database);
  bring_schema_up_to_date(embedded ? Secret{embedded->url()} : config.database.url);
  log_info("The schema is up to date");
}

}  // namespace orchestrator
