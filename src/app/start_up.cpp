#include "app/start_up.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "logging/logging.hpp"
#include "storage/errors.hpp"
#include "storage/migrations.hpp"

namespace orchestrator::app {
namespace {

constexpr std::chrono::seconds kDatabaseTimeout{30};

}  // namespace

std::unique_ptr<embedded::EmbeddedPostgres> start_embedded(const DatabaseConfig& config) {
  if (!config.url.empty()) return nullptr;
  logging::info(fmt::format("DATABASE_URL is not set; starting the embedded PostgreSQL in {}",
                            config.data_dir.string()));
  return std::make_unique<embedded::EmbeddedPostgres>(
      embedded::EmbeddedPostgres::Options{.data_dir = config.data_dir});
}

void retry_until_available(const std::function<void()>& work) {
  const auto deadline = std::chrono::steady_clock::now() + kDatabaseTimeout;
  while (true) {
    try {
      return work();
    } catch (const storage::Unavailable& failure) {
      if (std::chrono::steady_clock::now() >= deadline) throw;
      logging::warning(fmt::format("Database unavailable, retrying: {}", failure.what()));
      std::this_thread::sleep_for(std::chrono::seconds{1});
    }
  }
}

LogicalShards bring_schema_up_to_date(const Secret& url, std::optional<int> wanted) {
  storage::Schema schema;
  retry_until_available([&] {
    schema = storage::migrate(url, wanted);
    for (const auto& name : schema.applied) logging::info("Applied migration " + name);
  });
  return schema.shards;
}

void report_ready(const Config& config, int port) {
  const std::string host = config.http.host == "0.0.0.0" ? "127.0.0.1" : config.http.host;
  const std::string url = fmt::format("http://{}:{}", host, port);
  logging::info(fmt::format("message-orchestrator is listening on {}/", url));
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

void wait_for_stop_signal(embedded::EmbeddedPostgres* embedded) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  constexpr timespec kBetweenChecks{1, 0};
  while (true) {
    const int signal = sigtimedwait(&signals, nullptr, &kBetweenChecks);
    if (signal > 0) {
      logging::info(fmt::format("Stopping on {}", signal == SIGTERM ? "SIGTERM" : "SIGINT"));
      return;
    }
    try {
      if (embedded && embedded->start())
        logging::warning("The embedded PostgreSQL ended unexpectedly and was restarted");
    } catch (const std::exception& failure) {
      logging::error(failure.what());
    }
  }
}

}  // namespace orchestrator::app
