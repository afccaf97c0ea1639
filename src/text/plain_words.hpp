// What a text says, without how it is written. Pure, safe from any thread.
#pragma once

#include <string>
#include <string_view>

namespace orchestrator::text {

// The words of a line of text in their simplest form, separated by single spaces: compatibility forms
// resolved (full width, ligatures, mathematical letters), no case, accents or invisible characters.
// Apostrophes are dropped; all other characters that are neither letters nor digits separate words. Bytes
// that are not UTF-8 separate words, too.
std::string plain_words(std::string_view line);

}  // namespace orchestrator::text
