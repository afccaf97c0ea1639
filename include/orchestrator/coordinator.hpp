// The coordinator's state for operators: waiting contacts, counters, and the result of the self-test. Values
// only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "orchestrator/instant.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

struct ContactStatus {
  std::string contact_id;
  UserId user;
  std::size_t waiting = 0;  // messages
  std::optional<Instant> oldest_waiting_at;
  std::optional<Instant> last_message_at;
  std::optional<Instant> next_turn_at;  // nullopt if nothing waits; while in process, the end of the lease
  std::optional<std::string> turn_id;   // of the open turn
  int attempt = 0;                      // of the open turn
  bool in_process = false;              // an agent works on the turn now
  std::optional<Instant> taken_at;      // when the agent took it
};

struct CoordinatorStats {
  Instant since;  // the counters cover all instances since then
  std::int64_t received = 0;
  std::int64_t duplicates = 0;
  std::int64_t dropped = 0;
  std::int64_t flushed = 0;
  std::int64_t processed = 0;  // messages of turns that are done
  std::int64_t failed = 0;     // messages of turns that failed
  std::int64_t turns = 0;
  std::int64_t failed_turns = 0;
  std::int64_t errors = 0;    // failed attempts
  std::int64_t timeouts = 0;  // attempts whose lease expired
  std::int64_t processing_ms = 0;

  std::size_t contacts_in_process = 0;  // these four are current values
  std::size_t contacts_waiting = 0;
  std::size_t messages_waiting = 0;
  std::size_t received_last_minute = 0;
};

// What a flush removed from the queues of contacts.
struct FlushCounts {
  std::size_t contacts = 0;
  std::size_t messages = 0;
};

// One step of the self-test.
struct SelfTestStep {
  std::string what;
  bool passed = false;
};

}  // namespace orchestrator
