#include "inbound/consent.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace orchestrator::inbound {
namespace {

using Consent = Arrival::Consent;

constexpr std::array<std::string_view, 8> kStop = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL",
                                                   "END",  "QUIT",    "REVOKE",      "OPTOUT"};
constexpr std::array<std::string_view, 3> kStart = {"START", "YES", "UNSTOP"};

// What phones and people put around a word, beyond ASCII: no-break and typographic spaces, quotation marks,
// ellipsis, dashes, ¡ and ¿.
constexpr std::array<std::string_view, 15> kAround = {"\u00a0", "\u200b", "\u2009", "\u202f", "\u2018",
                                                      "\u2019", "\u201c", "\u201d", "\u2026", "\u2013",
                                                      "\u2014", "\u00a1", "\u00bf", "\u00ab", "\u00bb"};

bool is_letter_or_digit(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9');
}

bool is_ascii(char character) { return static_cast<unsigned char>(character) < 0x80; }

std::size_t skipped_at_front(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii(text.front())) return is_letter_or_digit(text.front()) ? 0 : 1;
  const auto* found = std::ranges::find_if(kAround, [&](auto mark) { return text.starts_with(mark); });
  return found == kAround.end() ? 0 : found->size();
}

std::size_t skipped_at_back(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii(text.back())) return is_letter_or_digit(text.back()) ? 0 : 1;
  const auto* found = std::ranges::find_if(kAround, [&](auto mark) { return text.ends_with(mark); });
  return found == kAround.end() ? 0 : found->size();
}

constexpr std::size_t kLongestWord = 11;

}  // namespace

Consent consent_of(std::string_view text) {
  while (const std::size_t skipped = skipped_at_front(text)) text.remove_prefix(skipped);
  while (const std::size_t skipped = skipped_at_back(text)) text.remove_suffix(skipped);
  if (text.size() > kLongestWord) return Consent::none;
  std::string word(text);
  for (char& character : word) {
    if (character >= 'a' && character <= 'z') character = static_cast<char>(character - 'a' + 'A');
  }
  if (std::ranges::find(kStop, word) != kStop.end()) return Consent::stop;
  if (std::ranges::find(kStart, word) != kStart.end()) return Consent::start;
  return Consent::none;
}

}  // namespace orchestrator::inbound
