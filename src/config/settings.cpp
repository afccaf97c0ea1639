#include <algorithm>

#include "config/setting.hpp"
#include "orchestrator/logical_shards.hpp"
#include "policy/policy.hpp"

namespace orchestrator::config {

namespace {

using std::chrono::seconds;

bool read_logical_shards(const std::string& text, PartialConfig& partial) {
  for (int count = 1; count <= LogicalShards::kMost; count *= 2) {
    if (text == std::to_string(count)) partial.config.database.logical_shards = count;
  }
  return partial.config.database.logical_shards.has_value();
}

constexpr long kDay = 24 * 60 * 60;  // seconds

bool is_host(const std::string& text) {
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_%") ==
         std::string::npos;
}

bool is_database_url(const std::string& text) {
  return text.starts_with("postgresql://") || text.starts_with("postgres://") ||
         text.find('=') != std::string::npos;
}

bool is_key_character(char character) { return character > ' ' && character <= '~'; }

// "first, second" → two keys. Returns false without any key, or if a key has a character that a header cannot
// carry.
bool read_api_keys(const std::string& text, PartialConfig& partial) {
  std::string key;
  for (const char character : text + ",") {
    if (character == ',') {
      if (!key.empty()) partial.config.http.api_keys.emplace_back(key);
      key.clear();
    } else if (is_key_character(character)) {
      key += character;
    } else if (character != ' ') {
      return false;
    }
  }
  return !partial.config.http.api_keys.empty();
}

std::vector<Setting> access_settings() {
  return {
      whole_number(
          {"PORT", "8080", "Port to listen on; 0: any free port"}, 0, 65535,
          [](long port, PartialConfig& partial) { partial.config.http.port = static_cast<int>(port); }),
      {"HOST", "", "Address to listen on", "an IP address or a host name",
       [](const std::string& text, PartialConfig& partial) {
         partial.host = text;
         return is_host(text);
       },
       "127.0.0.1; with API_KEYS or ALLOW_UNAUTHENTICATED: 0.0.0.0"},
      {"API_KEYS", "", "Keys that clients present as \"Authorization: Bearer KEY\"",
       "a comma-separated list of keys of visible ASCII characters", read_api_keys,
       "none: HOST must be loopback", true},
      boolean(
          {"ALLOW_UNAUTHENTICATED", "false", "Accept requests on a HOST beyond loopback without API_KEYS"},
          [](bool allow, PartialConfig& partial) { partial.allow_unauthenticated = allow; }),
  };
}

std::vector<Setting> database_settings() {
  return {
      {"DATABASE_URL", "", "PostgreSQL database to use, version 15 or later",
       "a postgresql:// URL or a key=value connection string of libpq",
       [](const std::string& text, PartialConfig& partial) {
         partial.config.database.url = Secret(text);
         return is_database_url(text);
       },
       "none: an embedded PostgreSQL in DATA_DIR", true},
      {"DATA_DIR", "", "Directory of the embedded PostgreSQL", "a path",
       [](const std::string& text, PartialConfig& partial) {
         partial.config.database.data_dir = std::filesystem::absolute(text);
         return true;
       },
       "/var/lib/message-orchestrator for root, else ~/.local/share/message-orchestrator"},
      {"LOGICAL_SHARDS", "",
       "Parts into which a new database is divided, so that it can be distributed later",
       "a power of two from 1 to 256", read_logical_shards,
       "32; that of the database, which cannot be changed"},
  };
}

std::vector<Setting> rule_settings() {
  return {
      whole_number(
          {"PROCESS_INTERVAL_SECONDS", "30", "Interval between full passes over the queue"}, 1, kDay,
          [](long value, PartialConfig& partial) { partial.config.processor.interval = seconds{value}; }),
      whole_number(
          {"COOLDOWN_SECONDS", "30", "Minimum time between two messages to a user"}, 0, kDay,
          [](long value, PartialConfig& partial) { partial.config.rules.cooldown = seconds{value}; }),
      whole_number(
          {"HOURLY_LIMIT", "5", "Maximum number of messages to a user in any 60 minutes; 0: no limit"}, 0,
          1000000,
          [](long value, PartialConfig& partial) {
            partial.config.rules.hourly_limit = static_cast<int>(value);
          }),
      whole_number({"DAILY_LIMIT", "10", "Maximum number of messages to a user per local day; 0: no limit"},
                   0, 1000000,
                   [](long value, PartialConfig& partial) {
                     partial.config.rules.daily_limit = static_cast<int>(value);
                   }),
      time_of_day(
          {"QUIET_HOURS_START", "22:00", "Start of quiet hours, in the user's time zone"},
          [](TimeOfDay time, PartialConfig& partial) { partial.config.rules.quiet_hours.start = time; }),
      time_of_day(
          {"QUIET_HOURS_END", "08:00", "End of quiet hours; equal to the start: no quiet hours"},
          [](TimeOfDay time, PartialConfig& partial) { partial.config.rules.quiet_hours.end = time; }),
      whole_number(
          {"ACTIVE_WINDOW_SECONDS", "600", "Time for which a user counts as active after writing"}, 0, kDay,
          [](long value, PartialConfig& partial) { partial.config.rules.active_window = seconds{value}; }),
      {"DEFAULT_TIMEZONE", "America/New_York", "Time zone of users without a valid one of their own",
       "a time zone of the IANA database, such as Europe/Berlin",
       [](const std::string& text, PartialConfig& partial) {
         partial.config.rules.timezone = text;
         return policy::is_timezone(text);
       }},
  };
}

std::vector<Setting> queue_settings() {
  return {
      whole_number({"DUPLICATE_WINDOW_SECONDS", "30",
                    "Time for which the same content for a user is a duplicate; 0: never"},
                   0, kDay,
                   [](long value, PartialConfig& partial) {
                     partial.config.ingest.duplicate_window = seconds{value};
                   }),
      whole_number(
          {"MAX_QUEUE_PER_USER", "1000", "Maximum number of queued messages per user; 0: no limit"}, 0,
          1000000,
          [](long value, PartialConfig& partial) { partial.config.ingest.max_queue_per_user = value; }),
      whole_number(
          {"BUSY_THRESHOLD", "1000",
           "Number of users due at once above which messages of priority low are deferred"},
          0, 10000000,
          [](long value, PartialConfig& partial) { partial.config.processor.busy_threshold = value; }),
      whole_number(
          {"RETENTION_DAYS", "90", "Days for which finished messages and log entries are kept; 0: forever"},
          0, 3650,
          [](long value, PartialConfig& partial) {
            partial.config.processor.retention_days = static_cast<int>(value);
          }),
  };
}

std::vector<Setting> log_settings() {
  return {
      one_of<LogLevel>({"LOG_LEVEL", "info", "Lowest severity to log"},
                       {{"debug", LogLevel::debug},
                        {"info", LogLevel::info},
                        {"warning", LogLevel::warning},
                        {"error", LogLevel::error}},
                       [](LogLevel level, PartialConfig& partial) { partial.config.log.level = level; }),
      one_of<LogFormat>({"LOG_FORMAT", "text", "Format of log lines"},
                        {{"text", LogFormat::text}, {"json", LogFormat::json}},
                        [](LogFormat format, PartialConfig& partial) { partial.config.log.format = format; }),
  };
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> table;
    for (auto* part : {access_settings, database_settings, rule_settings, queue_settings, inbound_settings,
                       consent_settings, delivery_settings, twilio_settings, whatsapp_settings,
                       anthropic_settings, log_settings}) {
      std::ranges::move(part(), std::back_inserter(table));
    }
    return table;
  }();
  return all;
}

}  // namespace orchestrator::config
