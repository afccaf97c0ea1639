// Whether a webhook was sent by Twilio. Pure functions, safe from any thread; the time taken does not depend
// on how much of a signature is right.
#pragma once

#include <cstddef>
#include <string_view>

#include "orchestrator/secret.hpp"
#include "text/form.hpp"

namespace orchestrator::twilio {

// Twilio signs the URL that it was told, so that is put together from the configured `public_url` and the
// request's target (path and query as they were sent); never from the Host header, which anybody can set.
// Signers disagree on whether the URL names its port: both are accepted.
struct TwilioUrl {
  std::string_view public_url;  // "https://example.com", without a slash at the end
  std::string_view target;

  std::string_view query() const {
    const std::size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  }
};

// X-Twilio-Signature of a form: base64 of HMAC-SHA1 over the URL and each field's name and value, by name.
// https://www.twilio.com/docs/usage/security#validating-requests
bool is_signed_form(const Secret& auth_token, std::string_view signature, const TwilioUrl& url,
                    const text::FormFields& fields);

// Of any other body: the URL is signed, and names the body's SHA-256 in its query, as bodySHA256.
bool is_signed_body(const Secret& auth_token, std::string_view signature, const TwilioUrl& url,
                    std::string_view body);

}  // namespace orchestrator::twilio
