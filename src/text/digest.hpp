// Digests and message authentication codes (MACs), and their textual encodings. Pure functions, safe from any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "orchestrator/secret.hpp"

namespace orchestrator::text {

std::string sha256(std::string_view text);      // 32 bytes
std::string sha256_hex(std::string_view text);  // 64 lower-case digits

std::string hmac_sha1(const Secret& key, std::string_view text);    // 20 bytes
std::string hmac_sha256(const Secret& key, std::string_view text);  // 32 bytes

std::string to_hex(std::string_view bytes);     // lower case
std::string to_base64(std::string_view bytes);  // RFC 4648 section 4, with padding

// Compares secrets: the time taken depends on the lengths only.
bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace orchestrator::text
