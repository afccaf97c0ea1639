// Who may call: the API keys. Without keys everybody may (the configuration then allows loopback only).
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "orchestrator/secret.hpp"

namespace orchestrator::api {

// Immutable; safe for concurrent use.
class Access {
 public:
  explicit Access(const std::vector<Secret>& api_keys);

  // `authorization` is that header's value. The time taken does not depend on how much of a key is right.
  bool allows(std::optional<std::string_view> authorization) const;

 private:
  using Digest = std::array<unsigned char, 32>;  // SHA-256: equal lengths, whatever the keys' own
  static Digest digest(std::string_view key);

  std::vector<Digest> keys_;
};

}  // namespace orchestrator::api
