// What all gateways' messages have in common: the contact's identity, a fingerprint of the content,
// timestamps and metadata. Pure functions, safe from any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "orchestrator/instant.hpp"
#include "orchestrator/rejection.hpp"

namespace orchestrator::inbound {

// A person as a gateway identifies them.
struct ContactIdentity {
  std::string id;
  std::optional<std::string> phone_number;  // E.164; then equal to the id
};

// Normalises phone numbers, so that a person has one id: "whatsapp:+1 (555) 123-4567" and "15551234567" are
// both "+15551234567". Digits without "+" are a phone number if there are 10 to 15 of them. Any other text is
// taken as an id unchanged. `name` is the field that a rejection names. `text` must be well-formed UTF-8.
std::variant<ContactIdentity, Rejection> parse_contact_identity(std::string_view name, std::string_view text);

// SHA-256 in hex by which repeats are recognised. It covers type and text, and except for plain texts also
// the metadata, because two pictures without a caption differ only there. Timestamps in the metadata are left
// out: a gateway that repeats a message may change them.
std::string content_hash(std::string_view type, std::string_view text, const nlohmann::json& metadata);

// Seconds since 1970, or milliseconds as JavaScript's Date.now() returns them. Nothing outside 1970 to 9999.
std::optional<Instant> instant_since_1970(double number);

// Adds the member to `metadata` unless `text` is empty.
void add_unless_empty(nlohmann::json& metadata, const char* name, std::string_view text);

}  // namespace orchestrator::inbound
