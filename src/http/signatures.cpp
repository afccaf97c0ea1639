#include "http/signatures.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "http/digest.hpp"

namespace orchestrator::http {

namespace {

std::string hmac(const EVP_MD* algorithm, const Secret& key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  ::HMAC(algorithm, key.reveal().data(), static_cast<int>(key.reveal().size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return {digest.begin(), digest.begin() + size};
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                    reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return text;
}

// The URL with its port and without.
std::array<std::string, 2> spellings(const TwilioUrl& url) {
  const std::size_t host = url.public_url.find("://") + 3;
  const std::size_t path = std::min(url.public_url.find('/', host), url.public_url.size());
  const std::string_view authority = url.public_url.substr(host, path - host);
  const std::size_t address_end = authority.find(']');  // an IPv6 address holds colons itself
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

bool is_signed(const Secret& auth_token, std::string_view signature, const TwilioUrl& url,
               std::string_view fields) {
  bool is_right = false;
  for (std::string& spelling : spellings(url)) {
    const std::string expected = base64(hmac(::EVP_sha1(), auth_token, spelling.append(fields)));
    is_right |= equal_in_constant_time(expected, signature);
  }
  return is_right;
}

}  // namespace

bool is_signed_form(const Secret& auth_token, std::string_view signature, const TwilioUrl& url,
                    const FormFields& fields) {
  FormFields sorted = fields;
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string text;
  for (const auto& [name, value] : sorted) text.append(name).append(value);
  return is_signed(auth_token, signature, url, text);
}

bool is_signed_body(const Secret& auth_token, std::string_view signature, const TwilioUrl& url,
                    std::string_view body) {
  const auto query = parse_form(query_of(url.target));
  return query && equal_in_constant_time(value_of(*query, "bodySHA256"), sha256_hex(body)) &&
         is_signed(auth_token, signature, url, {});
}

bool is_signed_by_app(const Secret& app_secret, std::string_view signature, std::string_view body) {
  return equal_in_constant_time("sha256=" + to_hex(hmac(::EVP_sha256(), app_secret, body)), signature);
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && ::CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace orchestrator::http
