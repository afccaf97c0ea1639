// One environment variable: its parser, and its text in `--help` and in error messages.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/config.hpp"

namespace orchestrator::config {

// The parsed variables, before the values that depend on several variables are resolved.
struct PartialConfig {
  Config config;
  std::optional<std::string> host;
  std::optional<SenderKind> sender;
  bool allow_unauthenticated = false;
};

struct Setting {
  std::string name;
  std::string default_value;  // parsed like a value from the environment; may be empty
  std::string description;
  std::string allowed_values;  // completes "NAME=value is not …"
  // Returns false for a value that is not allowed.
  std::function<bool(const std::string&, PartialConfig&)> parse;
  std::string default_text = {};  // describes a default that depends on other variables
  bool is_secret = false;
};

// The part of a setting that does not depend on its type.
struct Header {
  std::string name;
  std::string default_value;
  std::string description;
};

Setting whole_number(Header header, long min, long max, const std::function<void(long, PartialConfig&)>& set);
Setting boolean(Header header, const std::function<void(bool, PartialConfig&)>& set);
Setting text_value(Header header, const std::function<void(const std::string&, PartialConfig&)>& set);
Setting secret(Header header, const std::function<void(Secret, PartialConfig&)>& set);
Setting http_url(Header header, const std::function<void(const std::string&, PartialConfig&)>& set);
Setting time_of_day(Header header, const std::function<void(TimeOfDay, PartialConfig&)>& set);

template <class Choice>
Setting one_of(Header header, std::initializer_list<std::pair<std::string, Choice>> choices,
               const std::function<void(Choice, PartialConfig&)>& set) {
  std::string allowed = "one of";
  for (const auto& [name, choice] : choices) allowed += (allowed == "one of" ? " " : ", ") + name;
  const std::vector<std::pair<std::string, Choice>> known(choices);
  auto parse = [known, set](const std::string& text, PartialConfig& partial) {
    for (const auto& [name, choice] : known) {
      if (name != text) continue;
      set(choice, partial);
      return true;
    }
    return false;
  };
  return {std::move(header.name), std::move(header.default_value), std::move(header.description), allowed,
          parse};
}

// Every variable that this program reads.
const std::vector<Setting>& settings();

// The parts of it in provider_settings.cpp.
std::vector<Setting> inbound_settings();
std::vector<Setting> consent_settings();
std::vector<Setting> delivery_settings();
std::vector<Setting> twilio_settings();
std::vector<Setting> whatsapp_settings();
std::vector<Setting> anthropic_settings();

}  // namespace orchestrator::config
