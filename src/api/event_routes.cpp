// GET /events: what happens, as it happens.

#include <utility>

#include "api/event_stream.hpp"
#include "api/routes.hpp"
#include "text/form.hpp"

namespace orchestrator::api {

namespace {

// How long it may take until a listener who has gone, or the server's stop, is noticed.
constexpr std::chrono::milliseconds kPatience{250};

std::string last_event_id(const server::Request& request) {
  const auto sent = request.head.values_of("Last-Event-ID");
  if (!sent.empty()) return std::string(sent.front());
  const auto query = text::parse_form(request.head.query()).value_or(text::FormFields{});
  return std::string(text::value_of(query, "lastEventId"));
}

Rejection too_many_listeners() {
  return {.status = 503,
          .code = "too_many_listeners",
          .message = "As many listen to events as may. Close a stream, or ask another instance."};
}

class OpenStream {
 public:
  explicit OpenStream(std::unique_ptr<events::Listener> listener) : listener_(std::move(listener)) {}

  // Does not wait the first time: the client is to know at once that it is heard.
  std::string next_text() {
    const auto patience = std::exchange(is_first_, false) ? std::chrono::milliseconds{0} : kPatience;
    return stream_.text_of(listener_->next(patience), std::chrono::steady_clock::now());
  }

 private:
  const std::unique_ptr<events::Listener> listener_;
  EventStream stream_;
  bool is_first_ = true;
};

}  // namespace

Response Routes::stream_events(const Call& call) {
  auto listener = services_.listen(last_event_id(call.request));
  if (!listener) return refusal(too_many_listeners());
  const auto open = std::make_shared<OpenStream>(std::move(listener));
  return {.content_type = "text/event-stream",
          .headers = {{"Cache-Control", "no-store"},
                      {"X-Accel-Buffering", "no"}},  // or a proxy may buffer the events
          .stream = [open]() -> std::optional<std::string> { return open->next_text(); }};
}

}  // namespace orchestrator::api
