// Whether a webhook was sent by whoever knows the shared secret. Pure functions, safe from any thread; the
// time that they take does not depend on how much of a signature is right.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/form.hpp"
#include "orchestrator/secret.hpp"

namespace orchestrator::http {

// What proves that a webhook comes from its provider. Without its secret, a provider's webhooks are refused.
struct WebhookSecrets {
  std::string public_url;  // as in HttpConfig
  Secret twilio_auth_token;
  Secret whatsapp_app_secret;
  Secret whatsapp_verify_token;
};

// Twilio signs the URL that it was told, so that is put together from the configured `public_url` and the
// request's target (path and query as they were sent); never from the Host header, which anybody can set.
// Signers disagree on whether the URL names its port: both are accepted.
struct TwilioUrl {
  std::string_view public_url;  // "https://example.com", without a slash at the end
  std::string_view target;
};

// X-Twilio-Signature of a form: base64 of HMAC-SHA1 over the URL and each field's name and value, by name.
// https://www.twilio.com/docs/usage/security#validating-requests
bool is_signed_form(const Secret& auth_token, std::string_view signature, const TwilioUrl& url,
                    const FormFields& fields);

// Of any other body: the URL is signed, and names the body's SHA-256 in its query, as bodySHA256.
bool is_signed_body(const Secret& auth_token, std::string_view signature, const TwilioUrl& url,
                    std::string_view body);

// X-Hub-Signature-256: "sha256=" and HMAC-SHA256 over the bytes of the body, hex.
bool is_signed_by_app(const Secret& app_secret, std::string_view signature, std::string_view body);

bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace orchestrator::http
