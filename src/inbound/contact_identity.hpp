// What people write, as every door reads it: who wrote, and a fingerprint of what they said. Pure functions,
// safe from any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "orchestrator/instant.hpp"
#include "orchestrator/rejection.hpp"

namespace orchestrator::inbound {

// A person as their gateway names them.
struct Contact {
  std::string id;
  std::optional<std::string> phone_number;  // E.164; then the id is the same text
};

// One person has one id, however their number is written: "whatsapp:+1 (555) 123-4567" and "15551234567" are
// "+15551234567". Bare digits are a number if there are 10 to 15 of them; anything else is an id as it
// stands. `name` is the field's, for the refusal of what cannot be an id. Expects well-formed UTF-8.
std::variant<Contact, Rejection> read_contact(std::string_view name, std::string_view text);

// SHA-256 of type and text, hex. Two pictures without words are not the same: unless it is a plain text, the
// metadata count as well, but for their timestamps, which a repeat may change.
std::string content_hash(std::string_view type, std::string_view text, const nlohmann::json& metadata);

// metrics::Seconds since 1970, or milliseconds as Date.now() gives them. Nothing outside 1970–9999.
std::optional<Instant> instant_since_1970(double number);

// What has nothing to say does not appear in the metadata.
void keep_text(nlohmann::json& metadata, const char* name, std::string_view text);

}  // namespace orchestrator::inbound
