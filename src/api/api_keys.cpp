#include "api/api_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "text/ascii.hpp"

namespace orchestrator::api {

Access::Access(const std::vector<Secret>& api_keys) {
  for (const Secret& key : api_keys) keys_.push_back(digest(key.reveal()));
}

bool Access::allows(std::optional<std::string_view> authorization) const {
  if (keys_.empty()) return true;
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization || !text::equal_ignoring_case(authorization->substr(0, kScheme.size()), kScheme))
    return false;
  const Digest presented = digest(authorization->substr(kScheme.size()));
  bool allowed = false;
  for (const Digest& key : keys_) {
    allowed |= CRYPTO_memcmp(key.data(), presented.data(), key.size()) == 0;
  }
  return allowed;
}

Access::Digest Access::digest(std::string_view key) {
  Digest result;
  ::SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), result.data());
  return result;
}

}  // namespace orchestrator::api
