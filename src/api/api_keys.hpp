// Who may call the API: the clients that present one of its keys.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/secret.hpp"

namespace orchestrator::api {

// Immutable; safe for concurrent use. Without any key every client is allowed; the configuration then permits
// only the loopback interface.
class ApiKeys {
 public:
  explicit ApiKeys(const std::vector<Secret>& keys);

  // `authorization` is the value of that header. The time that this takes does not depend on how many
  // characters of a key are right.
  bool allow(std::optional<std::string_view> authorization) const;

 private:
  std::vector<std::string> digests_;  // SHA-256 of each key: equal lengths, whatever the lengths of the keys
};

}  // namespace orchestrator::api
