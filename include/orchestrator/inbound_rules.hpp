// The decisions that storage needs while it has locked a contact's row: limits and pure functions, passed in
// by the coordinator. Values only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "orchestrator/instant.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator {

struct InboundRules {
  std::chrono::seconds duplicate_window{10};  // of the same content; 0: only the gateway's id is compared
  std::size_t max_waiting = 20;               // per contact; beyond it the oldest is dropped
  std::size_t max_in_process = 50;            // contacts, over all instances
  std::size_t max_batch = 5;                  // messages of a turn
  std::chrono::seconds lease{30};
  int max_attempts = 3;                   // then the turn has failed
  std::chrono::seconds reply_window{30};  // the same reply is not sent twice within it
  std::string fallback_text = {};         // sent when a turn has failed; empty: nothing
  std::string opt_out_text = {};          // confirms an opt-out; empty: nothing
  std::string opt_in_text = {};           // confirms an opt-in; empty: nothing

  std::function<Duration(int attempt)> retry_delay = {};  // after the attempt of that number, from 1
  std::function<UserFacts(Instant now, UserFacts facts)> count_send =
      {};  // the facts after sending a message
};

}  // namespace orchestrator
