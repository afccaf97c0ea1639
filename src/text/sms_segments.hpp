// The number of SMS segments of a text. Pure, safe from any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace orchestrator::text {

// A text in the GSM 03.38 alphabet has 160 characters in a single segment and 153 in each of several; the
// characters of the extension table (^{}\[]~|€ and form feed) count as two and are never split. Any other
// character makes the whole text UCS-2: 70 or 67 UTF-16 code units, and surrogate pairs are never split. An
// empty text has no segments. Each byte that is not part of well-formed UTF-8 counts as one character outside
// the alphabet.
std::size_t sms_segments(std::string_view utf8);

}  // namespace orchestrator::text
