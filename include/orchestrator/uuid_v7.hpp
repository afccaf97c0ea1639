// Generates ids: RFC 9562 UUID version 7.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

#include "orchestrator/instant.hpp"
#include "orchestrator/logical_shards.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

// Whether `text` has the shape of a UUID (8-4-4-4-12 hexadecimal digits) of any version, in either case.
bool is_uuid(std::string_view text);

// The logical shard that an id of UuidV7Source::next() carries.
int shard_carried_by(const MessageId& id);

// Ids are strictly ascending even if `now` repeats or steps back, so they order messages of one instant.
// Same layout as the database's function uuid_v7(). Safe for concurrent use.
class UuidV7Source {
 public:
  explicit UuidV7Source(LogicalShards shards);

  // The id of a row of this user: it carries the user's logical shard.
  MessageId next(Instant now, const UserId& user);
  // The same, if the shard is known: it is the first bits of a hash of the user's id.
  MessageId next(Instant now, int shard);
  // An id that carries no logical shard: that of an attempt, not of a row.
  std::string next_token(Instant now);

 private:
  std::string generate(Instant now, unsigned variant_and_shard);

  const LogicalShards shards_;
  std::mutex mutex_;
  std::mt19937_64 random_;
  std::int64_t last_us_ = 0;  // of the latest id; each id gets its own microsecond
};

}  // namespace orchestrator
