#include <algorithm>

#include "config/setting.hpp"
#include "policy/policy.hpp"

namespace orchestrator::config {

namespace {

using std::chrono::seconds;

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

// "first, second" → two keys. Not one usable key, or one that no header could carry: false.
bool read_api_keys(const std::string& text, Draft& draft) {
  std::string key;
  for (const char character : text + ",") {
    if (character == ',') {
      if (!key.empty()) draft.config.http.api_keys.emplace_back(key);
      key.clear();
    } else if (is_key_character(character)) {
      key += character;
    } else if (character != ' ') {
      return false;
    }
  }
  return !draft.config.http.api_keys.empty();
}

std::vector<Setting> access_settings() {
  return {
      whole_number({"PORT", "8080", "port to listen on; 0: any free port"}, 0, 65535,
                   [](long port, Draft& draft) { draft.config.http.port = static_cast<int>(port); }),
      {"HOST", "", "address to listen on", "an IP address or a host name",
       [](const std::string& text, Draft& draft) {
         draft.host = text;
         return is_host(text);
       },
       "127.0.0.1; with API_KEYS or ALLOW_UNAUTHENTICATED 0.0.0.0"},
      {"API_KEYS", "", "keys that callers show as \"Authorization: Bearer KEY\"",
       "a comma list of keys of visible ASCII characters", read_api_keys, "none: loopback only", true},
      yes_or_no({"ALLOW_UNAUTHENTICATED", "false", "listen beyond loopback without API_KEYS"},
                [](bool allow, Draft& draft) { draft.allow_unauthenticated = allow; }),
  };
}

std::vector<Setting> database_settings() {
  return {
      {"DATABASE_URL", "", "PostgreSQL 15 or later to use", "a postgresql:// URL or key=value text of libpq",
       [](const std::string& text, Draft& draft) {
         draft.config.database.url = Secret(text);
         return is_database_url(text);
       },
       "none: a private PostgreSQL in DATA_DIR", true},
      {"DATA_DIR", "", "directory of the private PostgreSQL", "a path",
       [](const std::string& text, Draft& draft) {
         draft.config.database.data_dir = std::filesystem::absolute(text);
         return true;
       },
       "for root /var/lib/message-orchestrator, else ~/.local/share/message-orchestrator"},
  };
}

std::vector<Setting> rule_settings() {
  return {
      whole_number({"PROCESS_INTERVAL_SECONDS", "30", "time between full passes"}, 1, kDay,
                   [](long value, Draft& draft) { draft.config.processor.interval = seconds{value}; }),
      whole_number({"COOLDOWN_SECONDS", "30", "least time between two messages to a person"}, 0, kDay,
                   [](long value, Draft& draft) { draft.config.rules.cooldown = seconds{value}; }),
      whole_number(
          {"HOURLY_LIMIT", "5", "messages to a person in any 60 minutes; 0: no limit"}, 0, 1000000,
          [](long value, Draft& draft) { draft.config.rules.hourly_limit = static_cast<int>(value); }),
      whole_number(
          {"DAILY_LIMIT", "10", "messages to a person on one local day; 0: no limit"}, 0, 1000000,
          [](long value, Draft& draft) { draft.config.rules.daily_limit = static_cast<int>(value); }),
      time_of_day({"QUIET_HOURS_START", "22:00", "when a person's quiet hours begin, their time"},
                  [](TimeOfDay time, Draft& draft) { draft.config.rules.quiet_hours.start = time; }),
      time_of_day({"QUIET_HOURS_END", "08:00", "when they end; the same as the start: none"},
                  [](TimeOfDay time, Draft& draft) { draft.config.rules.quiet_hours.end = time; }),
      whole_number({"ACTIVE_WINDOW_SECONDS", "600", "how long a person counts as active after writing"}, 0,
                   kDay, [](long value, Draft& draft) { draft.config.rules.active_window = seconds{value}; }),
      {"DEFAULT_TIMEZONE", "America/New_York", "time zone of people whose own cannot be used",
       "a time zone of the IANA database, such as Europe/Berlin",
       [](const std::string& text, Draft& draft) {
         draft.config.rules.timezone = text;
         return policy::is_timezone(text);
       }},
  };
}

std::vector<Setting> queue_settings() {
  return {
      whole_number({"DUPLICATE_WINDOW_SECONDS", "30",
                    "how long the same content for a person is a duplicate; 0: it never is"},
                   0, kDay,
                   [](long value, Draft& draft) { draft.config.ingest.duplicate_window = seconds{value}; }),
      whole_number({"MAX_QUEUE_PER_USER", "1000", "messages that may wait for a person; 0: no limit"}, 0,
                   1000000, [](long value, Draft& draft) { draft.config.ingest.max_queue_per_user = value; }),
      whole_number({"BUSY_THRESHOLD", "1000", "people due at once beyond whom low messages are held back"}, 0,
                   10000000, [](long value, Draft& draft) { draft.config.processor.busy_threshold = value; }),
      whole_number(
          {"RETENTION_DAYS", "90", "how long finished messages and the log are kept; 0: for ever"}, 0, 3650,
          [](long value, Draft& draft) { draft.config.processor.retention_days = static_cast<int>(value); }),
  };
}

std::vector<Setting> running_settings() {
  Setting sender =
      one_of<SenderKind>({"SENDER", "", "who sends: none leaves messages pending, console prints them"},
                         {{"none", SenderKind::none},
                          {"console", SenderKind::console},
                          {"twilio", SenderKind::twilio},
                          {"whatsapp", SenderKind::whatsapp}},
                         [](SenderKind kind, Draft& draft) { draft.sender = kind; });
  sender.fallback_in_words = "console with the private PostgreSQL, else none";
  return {
      std::move(sender),
      one_of<LogLevel>({"LOG_LEVEL", "info", "least severity to log"},
                       {{"debug", LogLevel::debug},
                        {"info", LogLevel::info},
                        {"warning", LogLevel::warning},
                        {"error", LogLevel::error}},
                       [](LogLevel level, Draft& draft) { draft.config.log.level = level; }),
      one_of<LogFormat>({"LOG_FORMAT", "text", "how to log"},
                        {{"text", LogFormat::text}, {"json", LogFormat::json}},
                        [](LogFormat format, Draft& draft) { draft.config.log.format = format; }),
  };
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> table;
    for (auto* part : {access_settings, database_settings, rule_settings, queue_settings, inbound_settings,
                       delivery_settings, rendering_settings, running_settings}) {
      std::ranges::move(part(), std::back_inserter(table));
    }
    return table;
  }();
  return all;
}

}  // namespace orchestrator::config
