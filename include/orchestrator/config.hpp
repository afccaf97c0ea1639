// The configuration as read from the environment; one struct a room. See `message-orchestrator --help`.
#pragma once

#include <chrono>
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

struct ProcessorConfig {
  std::chrono::seconds interval{30};  // between full passes
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
  ProcessorConfig processor;
  DeliveryConfig delivery;
  LogConfig log;
};

}  // namespace orchestrator
