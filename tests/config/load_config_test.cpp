#include "config/load_config.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

namespace orchestrator::config {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

std::variant<Config, std::vector<std::string>> load(const Variables& variables) {
  return load_config([&](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

Config loaded(Variables variables) {
  variables.emplace("HOME", "/home/ann");
  const auto result = load(variables);
  if (const auto* problems = std::get_if<1>(&result)) {
    for (const std::string& problem : *problems) ADD_FAILURE() << problem;
    return {};
  }
  return std::get<0>(result);
}

std::vector<std::string> problems_of(Variables variables) {
  variables.emplace("HOME", "/home/ann");
  const auto result = load(variables);
  const auto* problems = std::get_if<1>(&result);
  return problems ? *problems : std::vector<std::string>{};
}

TEST(LoadConfig, HasTheDefaultsOfTheStructs) {
  const Config config = loaded({});
  const RuleDefaults rules;
  EXPECT_EQ(config.http.port, HttpConfig{}.port);
  EXPECT_EQ(config.rules.cooldown, rules.cooldown);
  EXPECT_EQ(config.rules.hourly_limit, rules.hourly_limit);
  EXPECT_EQ(config.rules.daily_limit, rules.daily_limit);
  EXPECT_EQ(config.rules.quiet_hours, rules.quiet_hours);
  EXPECT_EQ(config.rules.active_window, rules.active_window);
  EXPECT_EQ(config.rules.timezone, rules.timezone);
  EXPECT_EQ(config.ingest.duplicate_window, IngestConfig{}.duplicate_window);
  EXPECT_EQ(config.ingest.max_queue_per_user, IngestConfig{}.max_queue_per_user);
  EXPECT_EQ(config.processor.interval, ProcessorConfig{}.interval);
  EXPECT_EQ(config.processor.busy_threshold, ProcessorConfig{}.busy_threshold);
  EXPECT_EQ(config.processor.retention_days, ProcessorConfig{}.retention_days);
  EXPECT_EQ(config.inbound.opt_out_text, InboundConfig{}.opt_out_text);
  EXPECT_EQ(config.inbound.opt_in_text, InboundConfig{}.opt_in_text);
  EXPECT_EQ(config.inbound.max_concurrent_contacts, InboundConfig{}.max_concurrent_contacts);
  EXPECT_EQ(config.inbound.max_waiting_per_contact, InboundConfig{}.max_waiting_per_contact);
  EXPECT_EQ(config.inbound.duplicate_window, InboundConfig{}.duplicate_window);
  EXPECT_EQ(config.inbound.turn_lease, InboundConfig{}.turn_lease);
  EXPECT_EQ(config.inbound.emergency_threshold, InboundConfig{}.emergency_threshold);
  EXPECT_EQ(config.delivery.concurrency, DeliveryConfig{}.concurrency);
  EXPECT_EQ(config.delivery.twilio.base_url, TwilioConfig{}.base_url);
  EXPECT_EQ(config.delivery.whatsapp.base_url, WhatsAppConfig{}.base_url);
  EXPECT_EQ(config.anthropic.base_url, AnthropicConfig{}.base_url);
  EXPECT_EQ(config.anthropic.model, AnthropicConfig{}.model);
  EXPECT_EQ(config.log.level, LogConfig{}.level);
  EXPECT_EQ(config.log.format, LogConfig{}.format);
}

TEST(LoadConfig, ReadsEveryVariable) {
  const Config config = loaded({{"PORT", " 0 "},
                                {"HOST", "10.0.0.1"},
                                {"API_KEYS", "first, second,"},
                                {"DATABASE_URL", "postgresql://db/x"},
                                {"LOGICAL_SHARDS", "8"},
                                {"PROCESS_INTERVAL_SECONDS", "1"},
                                {"COOLDOWN_SECONDS", "0"},
                                {"HOURLY_LIMIT", "0"},
                                {"DAILY_LIMIT", "3"},
                                {"QUIET_HOURS_START", "21:30"},
                                {"QUIET_HOURS_END", "24:00:00"},
                                {"ACTIVE_WINDOW_SECONDS", "60"},
                                {"DEFAULT_TIMEZONE", "Europe/Berlin"},
                                {"DUPLICATE_WINDOW_SECONDS", "0"},
                                {"MAX_QUEUE_PER_USER", "1000000"},
                                {"BUSY_THRESHOLD", "10000000"},
                                {"RETENTION_DAYS", "0"},
                                {"SENDER", "console"},
                                {"PUBLIC_URL", "https://example.com/"},
                                {"AGENT_WEBHOOK_URL", "http://127.0.0.1:9/turn"},
                                {"AGENT_TIMEOUT_SECONDS", "5"},
                                {"TURN_LEASE_SECONDS", "6"},
                                {"INBOUND_DUPLICATE_WINDOW_SECONDS", "0"},
                                {"MAX_CONCURRENT_CONTACTS", "7"},
                                {"MAX_INBOUND_PER_CONTACT", "8"},
                                {"FALLBACK_TEXT", "Sorry"},
                                {"OPT_OUT_TEXT", "none"},
                                {"OPT_IN_TEXT", "Welcome back"},
                                {"CONSENT_LANGUAGES", "fr, es"},
                                {"OPT_OUT_WORDS", "halt ein , ,fuera"},
                                {"OPT_IN_WORDS", "weiter"},
                                {"EMERGENCY_THRESHOLD", "9"},
                                {"EMERGENCY_FLUSH", "true"},
                                {"UNKNOWN_POLICY", "retry"},
                                {"SEND_CONCURRENCY", "3"},
                                {"MESSAGES_PER_SECOND", "4"},
                                {"TWILIO_ACCOUNT_SID", "AC1"},
                                {"TWILIO_AUTH_TOKEN", "t1"},
                                {"TWILIO_PHONE_NUMBER", "+15550100000"},
                                {"TWILIO_BASE_URL", "http://127.0.0.1:1"},
                                {"WHATSAPP_TOKEN", "t2"},
                                {"WHATSAPP_PHONE_NUMBER_ID", "12"},
                                {"WHATSAPP_APP_SECRET", "s2"},
                                {"WHATSAPP_VERIFY_TOKEN", "v2"},
                                {"WHATSAPP_BASE_URL", "http://127.0.0.1:2"},
                                {"ANTHROPIC_API_KEY", "k3"},
                                {"ANTHROPIC_BASE_URL", "http://127.0.0.1:3"},
                                {"ANTHROPIC_MODEL", "m"},
                                {"ANTHROPIC_CONCURRENCY", "2"},
                                {"LOG_LEVEL", "debug"},
                                {"LOG_FORMAT", "json"},
                                {"SOMETHING_ELSE", "?"}});
  EXPECT_EQ(config.http.port, 0);
  EXPECT_EQ(config.http.host, "10.0.0.1");
  ASSERT_EQ(config.http.api_keys.size(), 2u);
  EXPECT_EQ(config.http.api_keys[1].reveal(), "second");
  EXPECT_EQ(config.database.url.reveal(), "postgresql://db/x");
  EXPECT_EQ(config.database.logical_shards, 8);
  EXPECT_EQ(config.processor.interval, std::chrono::seconds{1});
  EXPECT_EQ(config.rules.cooldown, std::chrono::seconds{0});
  EXPECT_EQ(config.rules.hourly_limit, 0);
  EXPECT_EQ(config.rules.daily_limit, 3);
  EXPECT_EQ(config.rules.quiet_hours.start, std::chrono::minutes{21 * 60 + 30});
  EXPECT_EQ(config.rules.quiet_hours.end, std::chrono::hours{24});
  EXPECT_EQ(config.rules.active_window, std::chrono::seconds{60});
  EXPECT_EQ(config.rules.timezone, "Europe/Berlin");
  EXPECT_EQ(config.ingest.duplicate_window, std::chrono::seconds{0});
  EXPECT_EQ(config.ingest.max_queue_per_user, 1'000'000);
  EXPECT_EQ(config.processor.busy_threshold, 10'000'000);
  EXPECT_EQ(config.processor.retention_days, 0);
  EXPECT_EQ(config.delivery.sender, SenderKind::console);
  EXPECT_EQ(config.http.public_url, "https://example.com");
  EXPECT_EQ(config.inbound.agent_webhook_url, "http://127.0.0.1:9/turn");
  EXPECT_EQ(config.inbound.agent_timeout, std::chrono::seconds{5});
  EXPECT_EQ(config.inbound.turn_lease, std::chrono::seconds{6});
  EXPECT_EQ(config.inbound.duplicate_window, std::chrono::seconds{0});
  EXPECT_EQ(config.inbound.max_concurrent_contacts, 7);
  EXPECT_EQ(config.inbound.max_waiting_per_contact, 8);
  EXPECT_EQ(config.inbound.fallback_text, "Sorry");
  EXPECT_EQ(config.inbound.opt_out_text, "");
  EXPECT_EQ(config.inbound.opt_in_text, "Welcome back");
  EXPECT_EQ(config.inbound.emergency_threshold, 9);
  EXPECT_TRUE(config.inbound.emergency_flush);
  using Texts = std::vector<std::string>;
  EXPECT_EQ(config.inbound.consent_words.languages, (Texts{"fr", "es"}));
  EXPECT_EQ(config.inbound.consent_words.opt_out, (Texts{"halt ein", "fuera"}));
  EXPECT_EQ(config.inbound.consent_words.opt_in, Texts{"weiter"});
  EXPECT_EQ(config.delivery.unknown_policy, UnknownPolicy::retry);
  EXPECT_EQ(config.delivery.concurrency, 3);
  EXPECT_EQ(config.delivery.messages_per_second, 4);
  EXPECT_EQ(config.delivery.twilio.account_sid, "AC1");
  EXPECT_EQ(config.delivery.twilio.auth_token.reveal(), "t1");
  EXPECT_EQ(config.delivery.twilio.phone_number, "+15550100000");
  EXPECT_EQ(config.delivery.twilio.base_url, "http://127.0.0.1:1");
  EXPECT_EQ(config.delivery.whatsapp.token.reveal(), "t2");
  EXPECT_EQ(config.delivery.whatsapp.phone_number_id, "12");
  EXPECT_EQ(config.delivery.whatsapp.app_secret.reveal(), "s2");
  EXPECT_EQ(config.delivery.whatsapp.verify_token.reveal(), "v2");
  EXPECT_EQ(config.delivery.whatsapp.base_url, "http://127.0.0.1:2");
  EXPECT_EQ(config.anthropic.api_key.reveal(), "k3");
  EXPECT_EQ(config.anthropic.base_url, "http://127.0.0.1:3");
  EXPECT_EQ(config.anthropic.model, "m");
  EXPECT_EQ(config.anthropic.concurrency, 2);
  EXPECT_EQ(config.log.level, LogLevel::debug);
  EXPECT_EQ(config.log.format, LogFormat::json);
}

TEST(LoadConfig, ReportsOneProblemPerInvalidValue) {
  const std::vector<std::pair<std::string, std::string>> invalid = {{"PORT", "65536"},
                                                                    {"PORT", "-1"},
                                                                    {"PORT", "80a"},
                                                                    {"PORT", "1.5"},
                                                                    {"PORT", "99999999999999999999"},
                                                                    {"HOST", "a b"},
                                                                    {"API_KEYS", " , "},
                                                                    {"API_KEYS", "caf\xc3\xa9"},
                                                                    {"DATABASE_URL", "mysql"},
                                                                    {"LOGICAL_SHARDS", "0"},
                                                                    {"LOGICAL_SHARDS", "3"},
                                                                    {"LOGICAL_SHARDS", "-8"},
                                                                    {"LOGICAL_SHARDS", "08"},
                                                                    {"LOGICAL_SHARDS", "512"},
                                                                    {"LOGICAL_SHARDS", "x"},
                                                                    {"PROCESS_INTERVAL_SECONDS", "0"},
                                                                    {"COOLDOWN_SECONDS", "86401"},
                                                                    {"HOURLY_LIMIT", "-5"},
                                                                    {"DAILY_LIMIT", "many"},
                                                                    {"QUIET_HOURS_START", "22"},
                                                                    {"QUIET_HOURS_START", "24:01"},
                                                                    {"QUIET_HOURS_START", "8:00"},
                                                                    {"QUIET_HOURS_END", "10:60"},
                                                                    {"QUIET_HOURS_END", "10:00:60"},
                                                                    {"QUIET_HOURS_END", "1a:00"},
                                                                    {"ACTIVE_WINDOW_SECONDS", "ten"},
                                                                    {"DEFAULT_TIMEZONE", "Mars/Olympus"},
                                                                    {"DUPLICATE_WINDOW_SECONDS", "86401"},
                                                                    {"MAX_QUEUE_PER_USER", "1000001"},
                                                                    {"BUSY_THRESHOLD", "10000001"},
                                                                    {"RETENTION_DAYS", "3651"},
                                                                    {"ALLOW_UNAUTHENTICATED", "maybe"},
                                                                    {"SENDER", "pigeon"},
                                                                    {"PUBLIC_URL", "example.com"},
                                                                    {"AGENT_WEBHOOK_URL", "ftp://x"},
                                                                    {"TURN_LEASE_SECONDS", "0"},
                                                                    {"MAX_CONCURRENT_CONTACTS", "0"},
                                                                    {"UNKNOWN_POLICY", "hope"},
                                                                    {"SEND_CONCURRENCY", "101"},
                                                                    {"TWILIO_AUTH_TOKEN", "caf\xc3\xa9"},
                                                                    {"ANTHROPIC_CONCURRENCY", "0"},
                                                                    {"LOG_LEVEL", "loud"},
                                                                    {"LOG_FORMAT", "xml"}};
  for (const auto& [name, value] : invalid) {
    Variables variables = {{name, value}};
    if (name == "HOST") variables["API_KEYS"] = "key";
    const std::vector<std::string> problems = problems_of(variables);
    ASSERT_EQ(problems.size(), 1u) << name << "=" << value;
    EXPECT_TRUE(problems.front().starts_with(name)) << problems.front();
    EXPECT_NE(problems.front().find(" is not "), std::string::npos) << problems.front();
  }
}

TEST(LoadConfig, TakesAPowerOfTwoOfLogicalShards) {
  EXPECT_EQ(loaded({}).database.logical_shards, std::nullopt) << "those of the database";
  for (const int count : {1, 2, 4, 8, 16, 32, 64, 128, 256}) {
    EXPECT_EQ(loaded({{"LOGICAL_SHARDS", std::to_string(count)}}).database.logical_shards, count);
  }
}

TEST(LoadConfig, ReportsEveryProblemAtOnce) {
  EXPECT_EQ(problems_of({{"PORT", "x"}, {"HOST", "0.0.0.0"}, {"DAILY_LIMIT", "x"}, {"SENDER", "x"}}).size(),
            4u);
}

TEST(LoadConfig, RequiresTheCredentialsOfTheSender) {
  EXPECT_EQ(problems_of({{"SENDER", "twilio"}}).size(), 3u);
  EXPECT_EQ(problems_of({{"SENDER", "whatsapp"}}).size(), 2u);
}

TEST(LoadConfig, NeverRepeatsASecret) {
  for (const char* name : {"API_KEYS", "DATABASE_URL", "TWILIO_AUTH_TOKEN", "ANTHROPIC_API_KEY"}) {
    const auto problems = problems_of({{name, "hush\nhush"}});
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems.front().find("hush"), std::string::npos) << problems.front();
  }
}

TEST(LoadConfig, TreatsAnEmptyVariableAsNotSet) {
  EXPECT_EQ(loaded({{"PORT", ""}, {"API_KEYS", " "}, {"DATABASE_URL", ""}}).http.port, 8080);
}

TEST(LoadConfig, ListensBeyondLoopbackOnlyWithKeysOrPermission) {
  EXPECT_EQ(loaded({}).http.host, "127.0.0.1");
  EXPECT_EQ(loaded({{"API_KEYS", "key"}}).http.host, "0.0.0.0");
  EXPECT_EQ(loaded({{"ALLOW_UNAUTHENTICATED", "true"}}).http.host, "0.0.0.0");
  for (const char* host : {"127.0.0.1", "127.3.2.1", "localhost", "::1"}) {
    EXPECT_EQ(loaded({{"HOST", host}}).http.host, host);
  }
  for (const char* host : {"0.0.0.0", "::", "10.1.2.3", "example.org", "127.0.0.1.example.org"}) {
    EXPECT_EQ(problems_of({{"HOST", host}}).size(), 1u) << host;
    EXPECT_EQ(loaded({{"HOST", host}, {"API_KEYS", "key"}}).http.host, host);
    EXPECT_EQ(loaded({{"HOST", host}, {"ALLOW_UNAUTHENTICATED", "1"}}).http.host, host);
  }
}

TEST(LoadConfig, DefaultsToTheConsoleSenderOnlyWithTheEmbeddedDatabase) {
  EXPECT_EQ(loaded({}).delivery.sender, SenderKind::console);
  EXPECT_EQ(loaded({{"DATABASE_URL", "host=db"}}).delivery.sender, SenderKind::none);
  EXPECT_EQ(loaded({{"SENDER", "none"}}).delivery.sender, SenderKind::none);
}

TEST(LoadConfig, ChoosesADataDirectoryThatTheUserMayWriteTo) {
  EXPECT_EQ(loaded({{"DATA_DIR", "/data"}}).database.data_dir, "/data");
  EXPECT_TRUE(loaded({{"DATA_DIR", "data"}}).database.data_dir.is_absolute());
  if (geteuid() == 0) {
    EXPECT_EQ(loaded({}).database.data_dir, "/var/lib/message-orchestrator");
  } else {
    EXPECT_EQ(loaded({}).database.data_dir, "/home/ann/.local/share/message-orchestrator");
    EXPECT_EQ(loaded({{"XDG_DATA_HOME", "/x"}}).database.data_dir, "/x/message-orchestrator");
    EXPECT_EQ(problems_of({{"HOME", ""}}).size(), 1u);
    EXPECT_EQ(problems_of({{"HOME", ""}, {"DATABASE_URL", "host=db"}}).size(), 0u);
  }
}

TEST(ConfigHelp, ListsVariablesWithAllowedValuesAndDefaults) {
  const std::string help = config_help();
  for (const char* text :
       {"PORT", "0 to 65535 [8080]", "QUIET_HOURS_START", "[22:00]", "one of text, json [text]"}) {
    EXPECT_NE(help.find(text), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace orchestrator::config
