#include "fuzz/targets.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "text/utf8.hpp"

namespace orchestrator::fuzz {

namespace {

constexpr std::array<Target, 8> kTargets = {{{"head", check_head},
                                             {"text", check_text},
                                             {"bodies", check_bodies},
                                             {"bulk", check_bulk},
                                             {"times", check_times},
                                             {"zones", check_zones},
                                             {"twilio", check_twilio},
                                             {"whatsapp", check_whatsapp}}};

// Agents act on these codes: a new code changes the contract.
constexpr std::array<std::string_view, 32> kCodes = {"already_expired",
                                                     "conflicting_idempotency_keys",
                                                     "conflicting_users",
                                                     "content_encoding_not_supported",
                                                     "content_too_long",
                                                     "duplicate_key",
                                                     "expectation_failed",
                                                     "headers_too_large",
                                                     "http_version_not_supported",
                                                     "invalid_content_length",
                                                     "invalid_field",
                                                     "invalid_json",
                                                     "invalid_limit",
                                                     "invalid_phone_number",
                                                     "invalid_priority",
                                                     "invalid_response_pattern",
                                                     "invalid_sequence",
                                                     "invalid_text",
                                                     "invalid_time",
                                                     "invalid_timezone",
                                                     "malformed_request",
                                                     "missing_fields",
                                                     "no_content",
                                                     "no_items",
                                                     "number_out_of_range",
                                                     "path_too_long",
                                                     "too_deep",
                                                     "too_far_ahead",
                                                     "too_large",
                                                     "too_many_items",
                                                     "transfer_encoding_not_supported",
                                                     "unknown_field"};

}  // namespace

std::span<const Target> targets() { return kTargets; }

void check_refusal(const Rejection& rejection) {
  require(rejection.status >= 400 && rejection.status < 600 && rejection.status != 500, "a refusal's status");
  require(std::ranges::find(kCodes, rejection.code) != kCodes.end(), rejection.code.c_str());
  require(!rejection.message.empty() && rejection.message.size() < 1'000, "a refusal's message has a length");
  require(text::is_utf8(rejection.message), "a refusal's message is UTF-8");
}

}  // namespace orchestrator::fuzz
