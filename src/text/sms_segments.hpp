// How many SMS a text takes. Pure, safe from any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace orchestrator::text {

// Of GSM 03.38's alphabet a single SMS holds 160 characters and each of several 153; those of the extension
// table (^{}\[]~|€ and form feed) count as two and are never split. Any other character makes it UCS-2: 70
// or 67 UTF-16 units, surrogate pairs never split. An empty text takes none. Invalid UTF-8 counts as one
// other character a byte.
std::size_t sms_segments(std::string_view utf8);

}  // namespace orchestrator::text
