#include "api/api_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "text/ascii.hpp"

namespace orchestrator::api {

ApiKeys::ApiKeys(const std::vector<Secret>& keys) {
  for (const Secret& key : keys) digests_.push_back(digest(key.reveal()));
}

bool ApiKeys::allow(std::optional<std::string_view> authorization) const {
  if (digests_.empty()) return true;
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization || !text::equal_ignoring_case(authorization->substr(0, kScheme.size()), kScheme))
    return false;
  const Digest presented = digest(authorization->substr(kScheme.size()));
  bool is_allowed = false;
  for (const Digest& known : digests_) {
    is_allowed |= CRYPTO_memcmp(known.data(), presented.data(), known.size()) == 0;
  }
  return is_allowed;
}

ApiKeys::Digest ApiKeys::digest(std::string_view key) {
  Digest result;
  ::SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), result.data());
  return result;
}

}  // namespace orchestrator::api
