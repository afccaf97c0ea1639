#include "policy/consent.hpp"

#include <algorithm>

#include "policy/consent_phrases.hpp"
#include "text/ascii.hpp"
#include "text/plain_words.hpp"

namespace orchestrator::policy {
namespace {

// A longer text is a sentence, not a request to stop.
constexpr std::size_t kMaxWords = 16;

bool is_enabled(const ConsentLanguage& language, const ConsentWords& words) {
  return words.languages.empty() || language.code == "en" ||
         std::ranges::find(words.languages, language.code) != words.languages.end();
}

}  // namespace

std::vector<std::string> consent_languages() {
  std::vector<std::string> codes;
  for (const ConsentLanguage& language : kConsentLanguages) codes.emplace_back(language.code);
  return codes;
}

ConsentReader::ConsentReader(const ConsentWords& words) {
  for (const ConsentLanguage& language : kConsentLanguages) {
    if (!is_enabled(language, words)) continue;
    add(language.opt_out, Consent::stop);
    add(language.opt_in, Consent::start);
    add(language.polite, Consent::none);
    for (const std::string& line : text::split(language.signature, '|')) {
      if (!line.empty()) signatures_.push_back(text::plain_words(line));
    }
  }
  for (const std::string& phrase : words.opt_out) add_phrase(phrase, {Consent::stop});
  for (const std::string& phrase : words.opt_in) add_phrase(phrase, {Consent::start});
}

void ConsentReader::add(std::string_view phrases, Consent consent) {
  for (const std::string& phrase : text::split(phrases, '|'))
    add_phrase(phrase, {.consent = consent, .only_typed = phrase.starts_with('*')});
}

// A phrase that exists already keeps its meaning.
void ConsentReader::add_phrase(std::string_view phrase, Meaning meaning) {
  std::string words = text::plain_words(phrase);
  if (words.empty()) return;
  longest_phrase_ = std::max(longest_phrase_, text::split(words, ' ').size());
  phrases_.emplace(std::move(words), meaning);
}

Consent ConsentReader::consent_of(std::string_view text, Entry entry) const {
  const std::vector<std::string> words = text::split(text::plain_words(without_signature(text)), ' ');
  if (words.size() > kMaxWords) return Consent::none;
  if (says(words, Consent::stop, entry)) return Consent::stop;
  if (says(words, Consent::start, entry)) return Consent::start;
  return Consent::none;
}

std::string ConsentReader::without_signature(std::string_view text) const {
  std::string kept;
  for (const std::string& line : text::split(text, '\n')) {
    const std::string words = text::plain_words(line);
    const bool is_signature =
        !kept.empty() && std::ranges::any_of(signatures_, [&](const std::string& signature) {
          return words.starts_with(signature);
        });
    if (is_signature) break;
    kept.append(line).append("\n");
  }
  return kept;
}

// Whether the words can be divided into phrases with this meaning, at least one, and polite ones.
bool ConsentReader::says(const std::vector<std::string>& words, Consent consent, Entry entry) const {
  enum class Reached { no, politely, with_consent };
  std::vector<Reached> reached(words.size() + 1, Reached::no);  // by the number of words
  reached[0] = Reached::politely;
  for (std::size_t begin = 0; begin < words.size(); ++begin) {
    if (reached[begin] == Reached::no) continue;
    std::string phrase;
    for (std::size_t end = begin + 1; end <= words.size() && end - begin <= longest_phrase_; ++end) {
      phrase.append(phrase.empty() ? "" : " ").append(words[end - 1]);
      const auto found = phrases_.find(phrase);
      if (found == phrases_.end()) continue;
      const auto& [meaning, only_typed] = found->second;
      if (only_typed && entry != Entry::typed) continue;
      if (meaning == consent) reached[end] = Reached::with_consent;
      if (meaning == Consent::none) reached[end] = std::max(reached[end], reached[begin]);
    }
  }
  return reached.back() == Reached::with_consent;
}

}  // namespace orchestrator::policy
