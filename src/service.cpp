#include "service.hpp"

#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <optional>
#include <thread>

#include "delivery/console_sender.hpp"
#include "delivery/delivery.hpp"
#include "embedded/embedded_postgres.hpp"
#include "http/routes.hpp"
#include "http/server.hpp"
#include "ingest/ingest.hpp"
#include "llm/anthropic_renderer.hpp"
#include "llm/rendering.hpp"
#include "logging/logging.hpp"
#include "metrics/metrics.hpp"
#include "policy/policy.hpp"
#include "processor/processor.hpp"
#include "processor/retention.hpp"
#include "storage/delivery_store.hpp"
#include "storage/errors.hpp"
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

// How many waiting messages of one person are read to predict when one of them goes.
constexpr std::size_t kPredictedLine = 10'000;

http::Services services_of(Stores& stores, Processor& processor, Ingest& ingest, Metrics& metrics) {
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

http::WebhookSecrets webhook_secrets(const Config& config) {
  return {.public_url = config.http.public_url,
          .twilio_auth_token = config.delivery.twilio.auth_token,
          .whatsapp_app_secret = config.delivery.whatsapp.app_secret,
          .whatsapp_verify_token = config.delivery.whatsapp.verify_token};
}

// The rules as configured, and whether there is an LLM to ask.
RuleDefaults rules_of(const Config& config) {
  RuleDefaults rules = config.rules;
  rules.has_renderer = !config.anthropic.api_key.empty();
  return rules;
}

Metrics::Asked metrics_of(const llm::Asked& asked) {
  return {.question = std::string(to_text(asked.question)),
          .outcome = asked.outcome,
          .took = asked.took,
          .input_tokens = asked.usage.input_tokens,
          .output_tokens = asked.usage.output_tokens,
          .cost_usd = asked.usage.cost_usd};
}

llm::Rendering::Context rendering_context(storage::RenderStore& store, Renderer& renderer, const Clock& clock,
                                          UuidV7Source& ids, Metrics& metrics) {
  return {.store = store,
          .renderer = renderer,
          .clock = clock,
          .ids = ids,
          .in_flight = [&](int count) { metrics.rendering(count); },
          .asked = [&](const llm::Asked& asked) { metrics.asked(metrics_of(asked)); }};
}

// Null without an LLM. What was left with one that is no longer there then goes on without it.
std::unique_ptr<llm::Rendering> start_rendering(const AnthropicConfig& config,
                                                llm::Rendering::Context context) {
  if (!config.api_key.empty()) {
    return std::make_unique<llm::Rendering>(std::move(context), static_cast<std::size_t>(config.concurrency));
  }
  const std::size_t released = context.store.release_all();
  if (released > 0) {
    log_warning(fmt::format(
        "{} messages waited for an LLM, and ANTHROPIC_API_KEY is not set: they are back in line", released));
  }
  return nullptr;
}

}  // namespace

void serve(const Config& config) {
  const auto embedded = start_embedded(config.database);
  const Secret url = embedded ? Secret{embedded->url()} : config.database.url;
  bring_schema_up_to_date(url);

  Stores stores(url);
  DatabaseClock clock;
  const auto measure_time = [&] {
    const auto time = stores.work.measure_time();
    clock.measured(time.database_now, time.asked, time.answered);
  };
  measure_time();
  UuidV7Source ids;
  Metrics metrics([&] { return depths_of(stores.stats); });

  ConsoleSender console;
  std::optional<Delivery> delivery;
  if (config.delivery.sender == SenderKind::console) {
    delivery.emplace(Delivery::Context{stores.deliveries, console, clock, ids, [&](SendOutcome::Kind kind) {
                                         metrics.delivered(outcome_text(kind));
                                       }});
  }

  const RuleDefaults rules = rules_of(config);
  llm::AnthropicRenderer anthropic(config.anthropic);
  const auto rendering =
      start_rendering(config.anthropic, rendering_context(stores.renderings, anthropic, clock, ids, metrics));

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
                       .rules = rules,
                       .busy_threshold = config.processor.busy_threshold},
                      config.processor, {measure_time, passed, between_passes});
  Ingest ingest(stores.queue, clock, config.ingest, [&] { processor.wake(); });

  http::Routes routes(services_of(stores, processor, ingest, metrics), http::Access(config.http.api_keys),
                      clock, rules, webhook_secrets(config));
  http::Server server(config.http.host, config.http.port, routes.application());

  announce(config, server.port());
  wait_for_stop_signal(embedded.get());
  server.stop();
  log_info("Stopped taking requests; finishing the work at hand");
}

void migrate_only(const Config& config) {
  const auto embedded = start_embedded(config.database);
  bring_schema_up_to_date(embedded ? Secret{embedded->url()} : config.database.url);
  log_info("The schema is up to date");
}

}  // namespace orchestrator
