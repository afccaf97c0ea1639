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
  std::string public_url;  // how providers reach this service, e.g. "https://example.com"; may be empty
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

// How people's messages are taken in and brought to their agent.
struct InboundConfig {
  std::string agent_webhook_url;  // empty: agents fetch their turns
  std::chrono::seconds agent_timeout{30};
  std::chrono::seconds turn_lease{30};
  std::chrono::seconds duplicate_window{10};  // of the same content; 0: it never is a duplicate
  std::int64_t max_concurrent_contacts = 50;  // over all instances
  std::int64_t max_waiting_per_contact = 20;
  std::string fallback_text;  // sent when a turn has failed; empty: nothing
  // Confirm a change of consent; empty: nothing.
  std::string opt_out_text = "You will get no more messages. Reply START to get them again.";
  std::string opt_in_text = "You will get messages again. Reply STOP to end them.";
  std::int64_t emergency_threshold = 1000;  // contacts that wait; more raise an alert
  bool emergency_flush = false;             // and are flushed
};

enum class SenderKind { none, console, twilio, whatsapp };

// What becomes of a message of which nobody knows whether it went: stay so, or go once more.
enum class UnknownPolicy { hold, retry };

struct TwilioConfig {
  std::string account_sid;
  Secret auth_token;
  std::string phone_number;  // E.164, or the SID of a messaging service (MG…)
  std::string base_url = "https://api.twilio.com";
};

struct WhatsAppConfig {
  Secret token;
  std::string phone_number_id;
  Secret app_secret;    // signs what they post to us
  Secret verify_token;  // of the subscription's challenge
  std::string base_url = "https://graph.facebook.com/v21.0";
};

struct DeliveryConfig {
  SenderKind sender = SenderKind::none;
  UnknownPolicy unknown_policy = UnknownPolicy::hold;
  std::int64_t concurrency = 8;          // messages in flight at once, an instance
  std::int64_t messages_per_second = 0;  // over all instances; 0: no limit
  std::chrono::seconds timeout{15};      // of a call to the provider
  TwilioConfig twilio;
  WhatsAppConfig whatsapp;
};

struct AnthropicConfig {
  Secret api_key;  // empty: messages are neither rendered nor checked
  std::string base_url = "https://api.anthropic.com";
  std::string model = "claude-sonnet-4-5";
  std::int64_t concurrency = 4;
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
  InboundConfig inbound;
  DeliveryConfig delivery;
  AnthropicConfig anthropic;
  LogConfig log;
};

}  // namespace orchestrator
