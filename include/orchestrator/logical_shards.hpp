// Logical shards: the parts into which all rows of users are divided, so that the database can be
// distributed. A value; safe from any thread.
#pragma once

#include "orchestrator/types.hpp"

namespace orchestrator {

class LogicalShards {
 public:
  static constexpr int kDefault = 32;
  static constexpr int kMost = 256;

  // `count`: a power of two, at most kMost. A database's number is fixed when it is migrated.
  explicit LogicalShards(int count = kDefault) : count_(count) {}

  int count() const { return count_; }
  // From 0 to count() - 1. As the database's function shard_of().
  int of(const UserId& user) const;

 private:
  int count_;
};

}  // namespace orchestrator
