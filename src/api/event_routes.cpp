#include "api/event_routes.hpp"

#include <utility>

#include "api/event_stream.hpp"
#include "text/form.hpp"

namespace orchestrator::api {

namespace {

// The longest wait for events, and so the longest time until a closed connection or the server's stop is
// noticed.
constexpr std::chrono::milliseconds kMaxWait{250};

std::string last_event_id(const server::Request& request) {
  const auto sent = request.head.values_of("Last-Event-ID");
  if (!sent.empty()) return std::string(sent.front());
  const auto query = text::parse_form(request.head.query()).value_or(text::FormFields{});
  return std::string(text::value_of(query, "lastEventId"));
}

Rejection too_many_listeners() {
  return {.status = 503,
          .code = "too_many_listeners",
          .message =
              "This instance has reached its limit of event streams. Close one, or use another "
              "instance."};
}

// The body of one response. Used by one thread.
class EventBody {
 public:
  explicit EventBody(std::unique_ptr<events::Subscription> subscription)
      : subscription_(std::move(subscription)) {}

  // Does not wait the first time, so that the client sees at once that the stream is open.
  std::string next_text() {
    const auto wait = std::exchange(is_first_, false) ? std::chrono::milliseconds{0} : kMaxWait;
    return stream_.text_of(subscription_->next(wait), std::chrono::steady_clock::now());
  }

 private:
  const std::unique_ptr<events::Subscription> subscription_;
  EventStream stream_;
  bool is_first_ = true;
};

}  // namespace

Routes EventRoutes::routes() {
  return {{"GET", "/events", Auth::api_key, Body::optional, std::bind_front(&EventRoutes::stream, this)}};
}

Result<Response> EventRoutes::stream(const Call& call) {
  auto subscription = service_.subscribe(last_event_id(call.request));
  if (!subscription) return too_many_listeners();
  const auto body = std::make_shared<EventBody>(std::move(subscription));
  return Response{.content_type = "text/event-stream",
                  .headers = {{"Cache-Control", "no-store"},
                              {"X-Accel-Buffering", "no"}},  // otherwise a proxy may buffer the events
                  .stream = [body]() -> std::optional<std::string> { return body->next_text(); }};
}

}  // namespace orchestrator::api
