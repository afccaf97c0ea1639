// Server-sent events, as text. https://html.spec.whatwg.org/multipage/server-sent-events.html
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "events/event.hpp"

namespace orchestrator::api {

// What one listener is sent. Used by one thread.
class EventStream {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // What to write now; empty: nothing. The first time, something that shows that the stream is open; later,
  // when nothing has been written for 15 seconds, something that keeps it open.
  std::string text_of(const std::vector<events::Event>& events, Time now);

 private:
  bool is_open_ = false;
  Time written_at_ = {};
};

}  // namespace orchestrator::api
