#include "providers/twilio/signature.hpp"

#include <algorithm>
#include <array>

#include "text/digest.hpp"
#include "text/form.hpp"

namespace orchestrator::twilio {

namespace {

// The URL with and without its port.
std::array<std::string, 2> spellings(const SignedUrl& url) {
  const std::size_t host = url.public_url.find("://") + 3;
  const std::size_t path = std::min(url.public_url.find('/', host), url.public_url.size());
  const std::string_view authority = url.public_url.substr(host, path - host);
  const std::size_t address_end = authority.find(']');  // an IPv6 address itself contains colons
  const std::size_t colon = authority.find(':', address_end == std::string_view::npos ? 0 : address_end);
  const std::string_view standard_port = url.public_url.starts_with("https:") ? ":443" : ":80";
  const std::string_view port = colon == std::string_view::npos ? standard_port : authority.substr(colon);

  std::string without(url.public_url.substr(0, host));
  without.append(authority.substr(0, colon));
  std::string with = without + std::string(port);
  for (std::string* spelling : {&with, &without}) {
    spelling->append(url.public_url.substr(path)).append(url.target);
  }
  return {std::move(with), std::move(without)};
}

bool is_signed(const Secret& auth_token, std::string_view signature, const SignedUrl& url,
               std::string_view fields) {
  bool is_right = false;
  for (std::string& spelling : spellings(url)) {
    const std::string expected = text::to_base64(text::hmac_sha1(auth_token, spelling.append(fields)));
    is_right |= text::equal_in_constant_time(expected, signature);
  }
  return is_right;
}

}  // namespace

bool is_signed_form(const Secret& auth_token, std::string_view signature, const SignedUrl& url,
                    const text::FormFields& fields) {
  text::FormFields sorted = fields;
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string text;
  for (const auto& [name, value] : sorted) text.append(name).append(value);
  return is_signed(auth_token, signature, url, text);
}

bool is_signed_body(const Secret& auth_token, std::string_view signature, const SignedUrl& url,
                    std::string_view body) {
  const auto query = text::parse_form(url.query());
  return query &&
         text::equal_in_constant_time(text::value_of(*query, "bodySHA256"), text::sha256_hex(body)) &&
         is_signed(auth_token, signature, url, {});
}

}  // namespace orchestrator::twilio
