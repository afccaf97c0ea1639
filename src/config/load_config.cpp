#include "config/load_config.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include "config/setting.hpp"
#include "text/ascii.hpp"

namespace orchestrator::config {

namespace {

using config::Draft;
using config::Setting;
using config::settings;

// Set to something; nothing otherwise.
std::string value_of(const Environment& environment, const std::string& name) {
  return std::string(text::trim(environment(name).value_or("")));
}

// Fit for one line of a terminal.
std::string shown(std::string value) {
  constexpr std::size_t longest = 60;
  if (value.size() > longest) value = value.substr(0, longest) + "...";
  for (char& character : value) {
    if (static_cast<unsigned char>(character) < ' ') character = '?';
  }
  return "\"" + value + "\"";
}

std::string problem_with(const Setting& setting, const std::string& value) {
  return setting.name + (setting.is_secret ? "" : "=" + shown(value)) + " is not " + setting.allowed;
}

bool is_loopback(const std::string& host) {
  in_addr v4 = {};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return host == "localhost" || host == "::1";
}

void settle_host(Draft& draft, std::vector<std::string>& problems) {
  const bool may_be_open = !draft.config.http.api_keys.empty() || draft.allow_unauthenticated;
  draft.config.http.host = draft.host.value_or(may_be_open ? "0.0.0.0" : "127.0.0.1");
  if (may_be_open || is_loopback(draft.config.http.host)) return;
  problems.push_back("HOST=" + shown(draft.config.http.host) +
                     " would let anybody on the network in: set API_KEYS, or ALLOW_UNAUTHENTICATED=true if "
                     "that is meant, or listen on loopback (127.0.0.1, ::1, localhost)");
}

void settle_data_dir(Draft& draft, const Environment& environment, std::vector<std::string>& problems) {
  DatabaseConfig& database = draft.config.database;
  if (!database.url.empty() || !database.data_dir.empty()) return;
  constexpr const char* name = "message-orchestrator";
  const std::string shared = value_of(environment, "XDG_DATA_HOME");
  const std::string home = value_of(environment, "HOME");
  if (geteuid() == 0) {
    database.data_dir = std::filesystem::path("/var/lib") / name;
  } else if (shared.starts_with('/')) {
    database.data_dir = std::filesystem::path(shared) / name;
  } else if (home.starts_with('/')) {
    database.data_dir = std::filesystem::path(home) / ".local/share" / name;
  } else {
    problems.push_back("DATA_DIR is not set and neither is HOME: set DATA_DIR or DATABASE_URL");
  }
}

void settle_sender(Draft& draft, std::vector<std::string>& problems) {
  DeliveryConfig& delivery = draft.config.delivery;
  const bool is_embedded = draft.config.database.url.empty();
  delivery.sender = draft.sender.value_or(is_embedded ? SenderKind::console : SenderKind::none);
  const auto require = [&](const char* sender, const char* name, bool is_missing) {
    if (is_missing) problems.push_back(std::string(name) + " is not set, and SENDER=" + sender + " needs it");
  };
  if (delivery.sender == SenderKind::twilio) {
    require("twilio", "TWILIO_ACCOUNT_SID", delivery.twilio.account_sid.empty());
    require("twilio", "TWILIO_AUTH_TOKEN", delivery.twilio.auth_token.empty());
    require("twilio", "TWILIO_PHONE_NUMBER", delivery.twilio.phone_number.empty());
  }
  if (delivery.sender == SenderKind::whatsapp) {
    require("whatsapp", "WHATSAPP_TOKEN", delivery.whatsapp.token.empty());
    require("whatsapp", "WHATSAPP_PHONE_NUMBER_ID", delivery.whatsapp.phone_number_id.empty());
  }
}

}  // namespace

std::variant<Config, std::vector<std::string>> load_config(const Environment& environment) {
  Draft draft;
  std::vector<std::string> problems;
  for (const Setting& setting : settings()) {
    const std::string given = value_of(environment, setting.name);
    const std::string& value = given.empty() ? setting.fallback : given;
    if (!value.empty() && !setting.read(value, draft)) problems.push_back(problem_with(setting, value));
  }
  settle_host(draft, problems);
  settle_data_dir(draft, environment, problems);
  settle_sender(draft, problems);
  if (!problems.empty()) return problems;
  return draft.config;
}

std::string config_help() {
  std::string text;
  for (const Setting& setting : settings()) {
    const std::string& fallback = setting.fallback.empty() ? setting.fallback_in_words : setting.fallback;
    constexpr std::size_t column = 28;
    std::string name = "  " + setting.name;
    name.resize(std::max(column, name.size() + 1), ' ');
    text += name + setting.purpose + "\n";
    text +=
        std::string(column, ' ') + setting.allowed + " [" + (fallback.empty() ? "none" : fallback) + "]\n";
  }
  return text;
}

}  // namespace orchestrator::config
