// What the stores of incoming messages are told by those who decide: bounds, and pure functions that are
// asked while the contact's row is locked.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "orchestrator/instant.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator::storage {

// What waits for a contact's next turn. `waiting` is not 0.
struct ContactBacklog {
  std::size_t waiting = 0;
  Instant oldest = {};                        // when the first of them was received
  Instant newest = {};                        // and the last
  std::optional<Instant> fourth_latest = {};  // the arrival three before the latest one; none: fewer so far
};

struct InboundRules {
  std::chrono::seconds duplicate_window{10};  // of the same content; 0: only the gateway's id tells repeats
  std::size_t max_waiting = 20;               // per contact; the oldest gives way
  std::size_t max_in_process = 50;            // contacts, over all instances
  std::size_t max_batch = 5;                  // messages of a turn
  std::chrono::seconds lease{30};
  int max_attempts = 3;                   // then the turn has failed
  std::chrono::seconds reply_window{30};  // the same reply is not sent twice within it
  std::string fallback_text = {};         // sent when a turn has failed; empty: nothing
  std::string opt_out_text = {};          // confirms; empty: nothing
  std::string opt_in_text = {};

  std::function<Instant(Instant now, const ContactBacklog& line)> next_turn_at = {};
  std::function<Duration(int attempt)> retry_delay = {};  // after the attempt of that number, from 1
  std::function<UserFacts(Instant now, UserFacts facts)> count_send =
      {};  // the facts once a message went out
};

}  // namespace orchestrator::storage
