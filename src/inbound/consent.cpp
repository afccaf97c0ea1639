#include "inbound/consent.hpp"

#include <algorithm>
#include <array>

#include "text/ascii.hpp"

namespace orchestrator::inbound {
namespace {

using Consent = Arrival::Consent;

constexpr std::array<std::string_view, 8> kStopKeywords = {"stop", "stopall", "unsubscribe", "cancel",
                                                           "end",  "quit",    "revoke",      "optout"};
constexpr std::array<std::string_view, 3> kStartKeywords = {"start", "yes", "unstop"};

// Non-ASCII spaces and punctuation that phones and people put around a keyword: no-break and typographic
// spaces, quotation marks, ellipsis, dashes, ¡ and ¿.
constexpr std::array<std::string_view, 15> kPunctuation = {"\u00a0", "\u200b", "\u2009", "\u202f", "\u2018",
                                                           "\u2019", "\u201c", "\u201d", "\u2026", "\u2013",
                                                           "\u2014", "\u00a1", "\u00bf", "\u00ab", "\u00bb"};

bool is_ascii(char character) { return static_cast<unsigned char>(character) < 0x80; }

// The length in bytes of the space or punctuation character at the front of `text`; 0 if there is none.
std::size_t punctuation_at_front(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii(text.front())) return text::is_letter_or_digit(text.front()) ? 0 : 1;
  const auto* found = std::ranges::find_if(kPunctuation, [&](auto mark) { return text.starts_with(mark); });
  return found == kPunctuation.end() ? 0 : found->size();
}

std::size_t punctuation_at_back(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii(text.back())) return text::is_letter_or_digit(text.back()) ? 0 : 1;
  const auto* found = std::ranges::find_if(kPunctuation, [&](auto mark) { return text.ends_with(mark); });
  return found == kPunctuation.end() ? 0 : found->size();
}

}  // namespace

Consent consent_of(std::string_view text) {
  while (const std::size_t skipped = punctuation_at_front(text)) text.remove_prefix(skipped);
  while (const std::size_t skipped = punctuation_at_back(text)) text.remove_suffix(skipped);
  const auto is_text = [text](std::string_view keyword) { return text::equal_ignoring_case(text, keyword); };
  if (std::ranges::any_of(kStopKeywords, is_text)) return Consent::stop;
  if (std::ranges::any_of(kStartKeywords, is_text)) return Consent::start;
  return Consent::none;
}

}  // namespace orchestrator::inbound
