// Verifies that a webhook was sent by Twilio. Pure functions, safe for concurrent use. The comparison takes
// constant time.
#pragma once

#include <cstddef>
#include <string_view>

#include "orchestrator/secret.hpp"
#include "text/form.hpp"

namespace orchestrator::twilio {

// Twilio signs the URL that it was configured to call. That URL is put together from the setting PUBLIC_URL
// and the request target; never from the Host header, which any client can set. Signers disagree on whether
// the URL includes the port: both spellings are accepted.
struct SignedUrl {
  std::string_view public_url;  // "https://example.com", without a trailing slash
  std::string_view target;      // path and query, as received

  std::string_view query() const {
    const std::size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  }
};

// The X-Twilio-Signature of a form is the base64 of HMAC-SHA1 over the URL and each field's name and value,
// sorted by name.
// https://www.twilio.com/docs/usage/security#validating-requests
bool is_signed_form(const Secret& auth_token, std::string_view signature, const SignedUrl& url,
                    const text::FormFields& fields);

// For any other body only the URL is signed; its query parameter bodySHA256 is the SHA-256 of the body.
bool is_signed_body(const Secret& auth_token, std::string_view signature, const SignedUrl& url,
                    std::string_view body);

}  // namespace orchestrator::twilio
