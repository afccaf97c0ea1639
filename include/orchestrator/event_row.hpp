// A stored row from which GET /events derives an event. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "orchestrator/instant.hpp"
#include "orchestrator/types.hpp"

namespace orchestrator {

struct EventRow {
  enum class Source {
    queue,
    orchestrator,
    coordinator
  };  // message_queue, or agent_actions_log by agent_type
  Source source = Source::queue;
  std::string id;             // a UUIDv7: ordered by time, whatever the source
  std::string action;         // action_type; "scheduled" for a row of message_queue
  UserId user;                // "*": not about one user
  std::string input = "{}";   // JSON
  std::string output = "{}";  // JSON
  std::string error;
  std::optional<std::int64_t> latency_ms;
  std::string text;  // of a message that was received
  Instant at;
};

}  // namespace orchestrator
