// Whether a webhook was sent by WhatsApp. Pure, safe from any thread; the time taken does not depend on how
// much of a signature is right.
#pragma once

#include <string_view>

#include "orchestrator/secret.hpp"

namespace orchestrator::whatsapp {

// X-Hub-Signature-256: "sha256=" and HMAC-SHA256 over the bytes of the body, hex.
bool is_signed_by_app(const Secret& app_secret, std::string_view signature, std::string_view body);

}  // namespace orchestrator::whatsapp
