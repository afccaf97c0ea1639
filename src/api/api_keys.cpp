#include "api/api_keys.hpp"

#include "text/ascii.hpp"
#include "text/digest.hpp"

namespace orchestrator::api {

ApiKeys::ApiKeys(const std::vector<Secret>& keys) {
  for (const Secret& key : keys) digests_.push_back(text::sha256(key.reveal()));
}

bool ApiKeys::allow(std::optional<std::string_view> authorization) const {
  if (digests_.empty()) return true;
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization || !text::equal_ignoring_case(authorization->substr(0, kScheme.size()), kScheme))
    return false;
  const std::string presented = text::sha256(authorization->substr(kScheme.size()));
  bool is_allowed = false;
  for (const std::string& known : digests_) is_allowed |= text::equal_in_constant_time(known, presented);
  return is_allowed;
}

}  // namespace orchestrator::api
