// The configuration as read from the environment; one struct a room. See `message-orchestrator --help`.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/rules.hpp"
#include "orchestrator/secret.hpp"

namespace orchestrator {

struct DatabaseConfig {
  Secret url;                      // libpq URL or key=value text; empty: the embedded PostgreSQL
  std::filesystem::path data_dir;  // of the embedded PostgreSQL
};

struct HttpConfig {
  std::string host;
  int port = 8080;  // 0: any free port
  std::vector<Secret> api_keys;
};

struct IngestConfig {
  std::chrono::seconds duplicate_window{30};  // 0: the same content is never a duplicate
  std::int64_t max_queue_per_user = 1000;     // 0: no limit
};

struct ProcessorConfig {
  std::chrono::seconds interval{30};   // between full passes
  std::int64_t busy_threshold = 1000;  // so many users due are not yet a busy queue
  int retention_days = 90;             // 0: finished messages are kept for ever
};

enum class SenderKind { none, console };

struct DeliveryConfig {
  SenderKind sender = SenderKind::none;
};

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

struct LogConfig {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
};

struct Config {
  DatabaseConfig database;
  HttpConfig http;
  RuleDefaults rules;
  IngestConfig ingest;
  ProcessorConfig processor;
  DeliveryConfig delivery;
  LogConfig log;
};

}  // namespace orchestrator
