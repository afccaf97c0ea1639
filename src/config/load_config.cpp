#include "config/load_config.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include "config/setting.hpp"
#include "text/ascii.hpp"

namespace orchestrator::config {

namespace {

// "" if the variable is not set.
std::string value_of(const Environment& environment, const std::string& name) {
  return std::string(text::trim(environment(name).value_or("")));
}

// Shortened and without control characters, for one line of a terminal.
std::string quoted(std::string value) {
  constexpr std::size_t longest = 60;
  if (value.size() > longest) value = value.substr(0, longest) + "...";
  for (char& character : value) {
    if (static_cast<unsigned char>(character) < ' ') character = '?';
  }
  return "\"" + value + "\"";
}

std::string problem_with(const Setting& setting, const std::string& value) {
  return setting.name + (setting.is_secret ? "" : "=" + quoted(value)) + " is not " + setting.allowed_values;
}

bool is_loopback(const std::string& host) {
  in_addr v4 = {};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return host == "localhost" || host == "::1";
}

void resolve_host(PartialConfig& partial, std::vector<std::string>& problems) {
  const bool may_be_open = !partial.config.http.api_keys.empty() || partial.allow_unauthenticated;
  partial.config.http.host = partial.host.value_or(may_be_open ? "0.0.0.0" : "127.0.0.1");
  if (may_be_open || is_loopback(partial.config.http.host)) return;
  problems.push_back("HOST=" + quoted(partial.config.http.host) +
                     " would accept unauthenticated requests from the network: set API_KEYS, or set "
                     "ALLOW_UNAUTHENTICATED=true to permit this, or listen on loopback (127.0.0.1, ::1, "
                     "localhost)");
}

void resolve_data_dir(PartialConfig& partial, const Environment& environment,
                      std::vector<std::string>& problems) {
  DatabaseConfig& database = partial.config.database;
  if (!database.url.empty() || !database.data_dir.empty()) return;
  constexpr const char* name = "message-orchestrator";
  const std::string data_home = value_of(environment, "XDG_DATA_HOME");
  const std::string home = value_of(environment, "HOME");
  if (geteuid() == 0) {
    database.data_dir = std::filesystem::path("/var/lib") / name;
  } else if (data_home.starts_with('/')) {
    database.data_dir = std::filesystem::path(data_home) / name;
  } else if (home.starts_with('/')) {
    database.data_dir = std::filesystem::path(home) / ".local/share" / name;
  } else {
    problems.push_back(
        "DATA_DIR is not set and has no default because HOME is not set: set DATA_DIR or DATABASE_URL");
  }
}

void resolve_sender(PartialConfig& partial, std::vector<std::string>& problems) {
  DeliveryConfig& delivery = partial.config.delivery;
  const bool is_embedded = partial.config.database.url.empty();
  delivery.sender = partial.sender.value_or(is_embedded ? SenderKind::console : SenderKind::none);
  const auto require = [&](const char* sender, const char* name, bool is_missing) {
    if (is_missing) problems.push_back(std::string(name) + " is not set; SENDER=" + sender + " requires it");
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
  PartialConfig partial;
  std::vector<std::string> problems;
  for (const Setting& setting : settings()) {
    const std::string given = value_of(environment, setting.name);
    const std::string& value = given.empty() ? setting.default_value : given;
    if (!value.empty() && !setting.parse(value, partial)) problems.push_back(problem_with(setting, value));
  }
  resolve_host(partial, problems);
  resolve_data_dir(partial, environment, problems);
  resolve_sender(partial, problems);
  if (!problems.empty()) return problems;
  return partial.config;
}

std::string config_help() {
  std::string text;
  for (const Setting& setting : settings()) {
    const std::string& shown_default =
        setting.default_value.empty() ? setting.default_text : setting.default_value;
    constexpr std::size_t column = 28;
    std::string name = "  " + setting.name;
    name.resize(std::max(column, name.size() + 1), ' ');
    text += name + setting.description + "\n";
    text += std::string(column, ' ') + setting.allowed_values + " [" +
            (shown_default.empty() ? "none" : shown_default) + "]\n";
  }
  return text;
}

}  // namespace orchestrator::config
