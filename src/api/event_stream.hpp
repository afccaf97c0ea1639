// Server-sent events, as text. https://html.spec.whatwg.org/multipage/server-sent-events.html
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "events/event.hpp"

namespace orchestrator::api {

// The text of one stream. Used by one thread.
class EventStream {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // What to write now; empty for nothing. The first text shows that the stream is open; a comment keeps it
  // open when nothing has been written for 15 seconds.
  std::string text_of(const std::vector<events::Event>& events, Time now);

 private:
  bool is_open_ = false;
  Time written_at_ = {};
};

}  // namespace orchestrator::api
