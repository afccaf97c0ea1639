// One variable of the environment: its parser, and the words about it that are made from the same data.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/config.hpp"

namespace orchestrator::config {

// What the variables say, before what depends on several of them is settled.
struct Draft {
  Config config;
  std::optional<std::string> host;
  std::optional<SenderKind> sender;
  bool allow_unauthenticated = false;
};

struct Setting {
  std::string name;
  std::string fallback;                                  // parsed like a given value; empty: see below
  std::string purpose;                                   // for the help
  std::string allowed;                                   // "is not …" in a problem
  std::function<bool(const std::string&, Draft&)> read;  // false: not allowed
  std::string fallback_in_words = {};                    // where the default depends on other variables
  bool is_secret = false;
};

// The start of a table's row: what every kind of setting has.
struct Heading {
  std::string name;
  std::string fallback;
  std::string purpose;
};

Setting whole_number(Heading heading, long min, long max, const std::function<void(long, Draft&)>& set);
Setting yes_or_no(Heading heading, const std::function<void(bool, Draft&)>& set);
Setting any_text(Heading heading, const std::function<void(const std::string&, Draft&)>& set);
Setting secret(Heading heading, const std::function<void(Secret, Draft&)>& set);
Setting http_url(Heading heading, const std::function<void(const std::string&, Draft&)>& set);
Setting time_of_day(Heading heading, const std::function<void(TimeOfDay, Draft&)>& set);

template <class Choice>
Setting one_of(Heading heading, std::initializer_list<std::pair<std::string, Choice>> choices,
               const std::function<void(Choice, Draft&)>& set) {
  std::string allowed = "one of";
  for (const auto& [word, choice] : choices) allowed += (allowed == "one of" ? " " : ", ") + word;
  const std::vector<std::pair<std::string, Choice>> known(choices);
  auto read = [known, set](const std::string& text, Draft& draft) {
    for (const auto& [word, choice] : known) {
      if (word != text) continue;
      set(choice, draft);
      return true;
    }
    return false;
  };
  return {std::move(heading.name), std::move(heading.fallback), std::move(heading.purpose), allowed, read};
}

// Every variable that this program reads.
const std::vector<Setting>& settings();

// Parts of it that have a file of their own.
std::vector<Setting> inbound_settings();
std::vector<Setting> delivery_settings();
std::vector<Setting> rendering_settings();

}  // namespace orchestrator::config
