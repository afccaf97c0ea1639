// GET /events: what happens, as it happens.

#include <utility>

#include "http/event_stream.hpp"
#include "http/form.hpp"
#include "http/routes.hpp"

namespace orchestrator::http {

namespace {

// How long it may take until a listener who has gone, or the server's stop, is noticed.
constexpr std::chrono::milliseconds kPatience{250};

std::string last_event_id(const httplib::Request& request) {
  if (request.has_header("Last-Event-ID")) return request.get_header_value("Last-Event-ID");
  const auto query = parse_form(query_of(request.target)).value_or(FormFields{});
  return std::string(value_of(query, "lastEventId"));
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

void Routes::stream_events(const Call& call) {
  auto listener = services_.listen(last_event_id(call.request));
  if (!listener) return refuse(call.response, {too_many_listeners()});
  const auto open = std::make_shared<OpenStream>(std::move(listener));
  const auto send_next = [open](std::size_t, httplib::DataSink& sink) {
    if (!sink.is_writable()) return false;
    const std::string text = open->next_text();
    return text.empty() || sink.write(text.data(), text.size());
  };
  call.response.status = 200;
  call.response.set_header("Cache-Control", "no-store");
  call.response.set_header("X-Accel-Buffering", "no");  // or a proxy may hold them back
  call.response.set_chunked_content_provider("text/event-stream", send_next);
}

}  // namespace orchestrator::http
