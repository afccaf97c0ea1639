// Identifiers of our own making: RFC 9562 UUID version 7.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string_view>

#include "orchestrator/instant.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

// Whether it is written as UUIDs are, of any version, in either case.
bool is_uuid(std::string_view text);

// Makes identifiers in ascending order, whatever `now` does, so that they order messages of one instant.
// Laid out like uuid_v7() in the database. Safe for concurrent use.
class UuidV7Source {
 public:
  UuidV7Source();

  MessageId next(Instant now);

 private:
  std::mutex mutex_;
  std::mt19937_64 random_;
  std::int64_t last_us_ = 0;  // of the latest identifier; each gets a microsecond of its own
};

}  // namespace orchestrator
