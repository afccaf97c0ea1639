// The words with which people opt out of messages and in again. docs/inbound.md lists them.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/config.hpp"
#include "orchestrator/inbound.hpp"

namespace orchestrator::policy {

// How a person gave a text. Buttons and lists use some of the words for other things: there, CANCEL and YES
// are no consent words.
enum class Entry { typed, chosen };

// The codes that ConsentWords::languages may contain.
std::vector<std::string> consent_languages();

// Recognises a text that consists of phrases of one meaning, and polite words beside them: without regard to
// case, accents, widths, invisible characters, punctuation, symbols, and the signature of a mail program
// below it. A text that merely contains a phrase is none. Immutable, safe from any thread.
class ConsentReader {
 public:
  explicit ConsentReader(const ConsentWords& words = {});

  Consent consent_of(std::string_view text, Entry entry = Entry::typed) const;

 private:
  struct Meaning {
    Consent consent = Consent::none;  // none: polite
    bool only_typed = false;
  };

  void add(std::string_view phrases, Consent consent);
  void add_phrase(std::string_view phrase, Meaning meaning);
  std::string without_signature(std::string_view text) const;
  bool says(const std::vector<std::string>& words, Consent consent, Entry entry) const;

  std::unordered_map<std::string, Meaning> phrases_;  // by their plain words
  std::vector<std::string> signatures_;               // plain words
  std::size_t longest_phrase_ = 0;                    // words
};

}  // namespace orchestrator::policy
