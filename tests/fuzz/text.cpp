// UTF-8 functions, percent-encoding, and the words that opt out and in.

#include <nlohmann/json.hpp>
#include <string>

#include "fuzz/targets.hpp"
#include "policy/consent.hpp"
#include "text/ascii.hpp"
#include "text/form.hpp"
#include "text/plain_words.hpp"
#include "text/utf8.hpp"

namespace orchestrator::fuzz {

namespace {

// An independent implementation of the UTF-8 check.
bool is_utf8_to_the_json_library(std::string_view text) {
  try {
    std::ignore = nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

void check_shortened(std::string_view text) {
  const std::size_t characters = text::count_characters(text);
  for (const std::size_t most : {std::size_t{0}, std::size_t{1}, std::size_t{40}}) {
    const std::string shortened = text::shorten(text, most);
    require(text::is_utf8(shortened), "what is shortened is UTF-8");
    require(characters > most ? text::count_characters(shortened) == most + 1 : shortened == text,
            "what is too long is cut and says so");
  }
}

void check_consent(std::string_view text) {
  static const policy::ConsentReader reader;
  const std::string words = text::plain_words(text);
  require(text::is_utf8(words), "plain words are UTF-8");
  require(!words.starts_with(' ') && !words.ends_with(' ') && words.find("  ") == std::string::npos,
          "single spaces separate them");
  const bool is_chosen = reader.consent_of(text, policy::Entry::chosen) != Consent::none;
  require(!is_chosen || reader.consent_of(text) != Consent::none,
          "what counts on a button counts when typed");
}

}  // namespace

void check_text(std::string_view input) {
  const bool is_utf8 = text::is_utf8(input);
  require(is_utf8 == is_utf8_to_the_json_library(input), "both agree on what is UTF-8");
  require(text::percent_decode(text::percent_encode(input)) == input, "what is encoded decodes to itself");
  if (const auto decoded = text::percent_decode(input)) {
    require(decoded->size() <= input.size(), "decoding makes nothing longer");
    require(text::percent_decode(text::percent_encode(*decoded)) == *decoded, "decoded once is decoded");
  }
  require(text::equal_ignoring_case(input, input), "a text equals itself");
  check_consent(input);
  if (!is_utf8) return;
  check_shortened(input);
  const bool is_visible = !text::is_blank(input);
  require(!is_visible || !input.empty(), "nothing is blank");
  std::ignore = text::has_control_characters(input);
}

}  // namespace orchestrator::fuzz
