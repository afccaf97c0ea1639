// Fingerprints of what was sent. Pure, safe from any thread.
#pragma once

#include <string>
#include <string_view>

namespace orchestrator::http {

std::string to_hex(std::string_view bytes);     // lower case
std::string sha256_hex(std::string_view text);  // 64 digits, lower case

}  // namespace orchestrator::http
