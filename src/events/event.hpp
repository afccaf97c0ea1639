// The events that subscribers receive, and how database rows become events. Values and pure functions, safe
// from any thread.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/event_row.hpp"

namespace orchestrator::events {

struct Event {
  // The id of the row, followed by ".0", ".1" … when the row becomes several events. Empty for events after
  // which a subscriber cannot resume.
  std::string id;
  std::string name;  // e.g. "messageReceived"
  std::string data;  // a JSON object in one line: the row's columns in camelCase, with `at` and `userId`
};

// The events of a row; none when its action is not published.
std::vector<Event> events_of(const EventRow& row);

// Marks a place where `missed` events were skipped; 0 when their number is unknown.
Event gap(std::size_t missed);

}  // namespace orchestrator::events
