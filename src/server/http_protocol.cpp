#include "server/http_protocol.hpp"

#include <utility>
#include <variant>

#include "server/response_writer.hpp"

namespace orchestrator::server {

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Nullopt when no response is sent.
std::optional<Rejection> rejection_for(Connection::Failure failure) {
  switch (failure) {
    case Connection::Failure::incomplete:
    case Connection::Failure::closed:
      return std::nullopt;
    case Connection::Failure::timed_out:
      return Rejection{.status = 408,
                       .code = "request_timeout",
                       .message = "The request did not arrive completely in time. Send it again."};
    case Connection::Failure::head_too_large:
      return headers_too_large();
    case Connection::Failure::no_memory:
      return orchestrator::overloaded();
  }
  return std::nullopt;
}

}  // namespace

Response HttpProtocol::overloaded() const { return application_.refuse(orchestrator::overloaded()); }

HttpProtocol::Next HttpProtocol::advance(Session& session) {
  Connection& connection = session.connection;
  if (!connection.flush()) return Next::close;
  if (connection.has_unsent()) return Next::wait;
  if (session.is_ending) return connection.linger() && !is_stopping_ ? Next::wait : Next::close;
  if (!session.head) {
    if (const auto next = read_request_head(session)) return *next;
  }
  const std::size_t length = session.head->content_length.value_or(0);
  if (session.receiver) {
    if (const auto failure = connection.pass_body(length, session.receiver->receive)) {
      return handle_failure(session, *failure);
    }
    return answer(session, {});
  }
  auto body = connection.read_body(length);
  if (const auto* failure = std::get_if<Connection::Failure>(&body)) return handle_failure(session, *failure);
  return answer(session, std::get<std::string>(std::move(body)));
}

// Nullopt when the session has a request head whose body is accepted.
std::optional<HttpProtocol::Next> HttpProtocol::read_request_head(Session& session) {
  const auto text = session.connection.read_head();
  if (const auto* failure = std::get_if<Connection::Failure>(&text)) return handle_failure(session, *failure);
  auto parsed = parse_request_head(std::get<std::string_view>(text));
  if (const auto* rejection = std::get_if<Rejection>(&parsed)) {
    return refuse(session, application_.refuse(*rejection));
  }

  auto& head = std::get<RequestHead>(parsed);
  const bool omits_body = head.method == "HEAD";
  auto admission = application_.admit(head);
  if (const auto* refusal = std::get_if<Response>(&admission)) return refuse(session, *refusal, omits_body);
  auto* receiver = std::get_if<BodyReceiver>(&admission);
  const std::size_t limit = (receiver != nullptr ? receiver->limit : std::get<BodyLimit>(admission)).bytes;
  const std::size_t length = head.content_length.value_or(0);
  if (length > limit) return refuse(session, application_.refuse(too_large("The body", limit)), omits_body);
  if (head.expects_continue && length > 0 && !session.connection.write(kContinue)) return Next::close;
  session.head = std::move(head);
  if (receiver != nullptr) session.receiver = std::move(*receiver);
  return std::nullopt;
}

HttpProtocol::Next HttpProtocol::answer(Session& session, std::string body) {
  const RequestHead head = *std::exchange(session.head, std::nullopt);
  const bool is_last = ++session.requests_answered == max_requests_;
  session.is_ending = is_last || !head.keep_alive || is_stopping_;
  const Response response = respond({head, std::move(body)}, std::exchange(session.receiver, std::nullopt));
  const WriteOptions options{.closes = session.is_ending || (response.stream && head.is_http_1_0),
                             .omits_body = head.method == "HEAD",
                             .is_http_1_0 = head.is_http_1_0};
  if (!write_response(session.connection, response, options)) return Next::close;
  if (session.is_ending) return Next::advance;
  if (is_crowded_) return Next::yield;
  session.connection.await_next_request();
  return Next::advance;
}

// The request and what was received of it are freed before the response is written.
Response HttpProtocol::respond(const Request& request, std::optional<BodyReceiver> receiver) const {
  return receiver ? receiver->answer(request) : application_.answer(request);
}

HttpProtocol::Next HttpProtocol::handle_failure(Session& session, Connection::Failure failure) {
  if (failure == Connection::Failure::incomplete) return Next::wait;
  const auto rejection = rejection_for(failure);
  return rejection ? refuse(session, application_.refuse(*rejection)) : Next::close;
}

HttpProtocol::Next HttpProtocol::refuse(Session& session, const Response& refusal, bool omits_body) {
  session.is_ending = true;
  const WriteOptions options{.closes = true, .omits_body = omits_body};
  return write_response(session.connection, refusal, options) ? Next::advance : Next::close;
}

}  // namespace orchestrator::server
