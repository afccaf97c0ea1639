#include "orchestrator/logical_shards.hpp"

#include "text/digest.hpp"

namespace orchestrator {

int LogicalShards::of(const UserId& user) const {
  return static_cast<unsigned char>(text::sha256(user.value).front()) % count_;
}

}  // namespace orchestrator
