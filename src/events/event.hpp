// What listeners are told. Values and pure functions, safe from any thread.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/event_row.hpp"

namespace orchestrator::events {

struct Event {
  std::string id;  // of its row, with ".0", ".1" … when the row tells several; empty: cannot be resumed after
  std::string name;  // e.g. "messageReceived"
  std::string data;  // a JSON object in camelCase, on one line
};

// What a row tells, if anything: its columns under their names in camelCase, with `at` and `userId`.
std::vector<Event> events_of(const EventRow& happening);

// Something is missing here: `missed` events, or nobody knows how many (0).
Event gap(std::size_t missed);

}  // namespace orchestrator::events
