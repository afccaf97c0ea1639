// Verifies that a webhook was sent by WhatsApp. Pure, safe for concurrent use. The comparison takes constant
// time.
#pragma once

#include <string_view>

#include "orchestrator/secret.hpp"

namespace orchestrator::whatsapp {

// The X-Hub-Signature-256 of a body is "sha256=" and the HMAC-SHA256 of its bytes in hexadecimal.
bool is_signed_body(const Secret& app_secret, std::string_view signature, std::string_view body);

}  // namespace orchestrator::whatsapp
