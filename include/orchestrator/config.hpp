// The configuration, as read from environment variables; one struct per room. `message-orchestrator --help`
// lists the variables.
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
  Secret url;                         // libpq URL or keyword/value string; empty: the embedded PostgreSQL
  std::filesystem::path data_dir;     // of the embedded PostgreSQL
  std::optional<int> logical_shards;  // of a new database; an existing one must have as many
};

struct HttpConfig {
  std::string host;
  int port = 8080;  // 0: any free port
  std::vector<Secret> api_keys;
  std::string public_url;  // at which providers reach this service, e.g. "https://example.com"; may be empty
};

struct IngestConfig {
  std::chrono::seconds duplicate_window{30};  // 0: no duplicate detection
  std::int64_t max_queue_per_user = 1000;     // 0: no limit
};

struct ProcessorConfig {
  std::chrono::seconds interval{30};   // between full passes
  std::int64_t busy_threshold = 1000;  // the queue is busy if more users than this are due
  int retention_days = 90;             // 0: finished messages are never deleted
};

// The phrases with which people opt out and in; see policy/consent.hpp.
struct ConsentWords {
  // ISO 639-1 codes besides English, which always counts; empty: all.
  std::vector<std::string> languages = {};
  std::vector<std::string> opt_out = {};  // further phrases
  std::vector<std::string> opt_in = {};
};

// How messages from users are received and passed to agents.
struct InboundConfig {
  std::string agent_webhook_url;  // turns are pushed to it; empty: agents pull them
  std::chrono::seconds agent_timeout{30};
  std::chrono::seconds turn_lease{30};
  std::chrono::seconds duplicate_window{10};  // of the same content; 0: no duplicate detection
  std::int64_t max_concurrent_contacts = 50;  // across all instances
  std::int64_t max_waiting_per_contact = 20;
  std::string fallback_text;  // sent when a turn fails finally; empty: no message
  // Confirmations of opt-out and opt-in; empty: no message.
  std::string opt_out_text = "You will get no more messages. Reply START to get them again.";
  std::string opt_in_text = "You will get messages again. Reply STOP to end them.";
  ConsentWords consent_words;
  std::int64_t emergency_threshold = 1000;  // an alert is raised if more contacts than this wait
  bool emergency_flush = false;             // and their messages are flushed
};

enum class SenderKind { none, console, twilio, whatsapp };

// What happens to a message whose delivery outcome stays unknown: `hold` leaves it, `retry` sends it once
// more.
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
  Secret app_secret;    // authenticates WhatsApp's webhook requests
  Secret verify_token;  // answers the challenge of the webhook subscription
  std::string base_url = "https://graph.facebook.com/v21.0";
};

struct DeliveryConfig {
  SenderKind sender = SenderKind::none;
  UnknownPolicy unknown_policy = UnknownPolicy::hold;
  std::int64_t concurrency = 8;          // messages in flight at once, per instance
  std::int64_t messages_per_second = 0;  // across all instances; 0: no limit
  std::chrono::seconds timeout{15};      // of a request to the provider
  TwilioConfig twilio;
  WhatsAppConfig whatsapp;
};

struct AnthropicConfig {
  Secret api_key;  // empty: no LLM; messages are neither rendered nor checked
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
