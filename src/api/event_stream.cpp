#include "api/event_stream.hpp"

namespace orchestrator::api {

namespace {

constexpr std::chrono::seconds kKeepAlive{15};

}  // namespace

std::string EventStream::text_of(const std::vector<events::Event>& events, Time now) {
  std::string text;
  if (!is_open_) text = ": open\nretry: 2000\n\n";
  for (const auto& [id, name, data] : events) {
    if (!id.empty()) text.append("id: ").append(id).append("\n");
    text.append("event: ").append(name).append("\ndata: ").append(data).append("\n\n");
  }
  if (text.empty() && now - written_at_ >= kKeepAlive) text = ": keep-alive\n\n";
  if (!text.empty()) written_at_ = now;
  is_open_ = true;
  return text;
}

}  // namespace orchestrator::api
