// Hostile, broken and slow clients must not affect other clients.

#include "server/server.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "api/fake_service.hpp"
#include "support/eventually.hpp"
#include "support/sanitizers.hpp"

namespace orchestrator::server {
namespace {

using namespace std::chrono_literals;
using api::testing::FakeService;
using api::testing::schedule_body;
using std::chrono::steady_clock;
using support::exchange;
using support::RawClient;
using support::request_text;

std::string post_head(std::string_view headers) {
  return std::string("POST /schedule-message HTTP/1.1\r\nHost: test\r\n").append(headers).append("\r\n");
}

struct RefusedRequest {
  const char* name;
  std::string bytes;
  int status;
  const char* error;
};

std::vector<RefusedRequest> ambiguous_bodies() {
  const std::string body = schedule_body();
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  const std::string chunk = "5\r\nhello\r\n0\r\n\r\n";
  return {
      {"chunked", post_head("Transfer-Encoding: chunked\r\n") + chunk, 400,
       "transfer_encoding_not_supported"},
      {"CL and TE", post_head(length + "Transfer-Encoding: chunked\r\n") + body, 400,
       "transfer_encoding_not_supported"},
      {"TE in mixed case", post_head(length + "tRANSFER-eNCODING: identity\r\n") + body, 400,
       "transfer_encoding_not_supported"},
      {"two equal CL", post_head(length + length) + body, 400, "invalid_content_length"},
      {"two different CL", post_head(length + "Content-Length: 3\r\n") + body, 400, "invalid_content_length"},
      {"CL list", post_head("Content-Length: 5, 5\r\n") + "hello", 400, "invalid_content_length"},
      {"CL signed", post_head("Content-Length: +5\r\n") + "hello", 400, "invalid_content_length"},
      {"CL negative", post_head("Content-Length: -1\r\n"), 400, "invalid_content_length"},
      {"CL hexadecimal", post_head("Content-Length: 0x5\r\n") + "hello", 400, "invalid_content_length"},
      {"CL empty", post_head("Content-Length:\r\n"), 400, "invalid_content_length"},
      {"CL over 64 bits", post_head("Content-Length: 99999999999999999999999\r\n"), 413, "too_large"},
      {"CL over the limit", post_head("Content-Length: 1048577\r\n"), 413, "too_large"},
      {"no CL", post_head(""), 411, "length_required"},
      {"gzip", post_head(length + "Content-Encoding: gzip\r\n") + body, 415,
       "content_encoding_not_supported"},
      {"other expectation", post_head(length + "Expect: 200-maybe\r\n") + body, 417, "expectation_failed"},
  };
}

std::vector<RefusedRequest> malformed_heads() {
  using namespace std::string_literals;
  const std::string body = schedule_body();
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  std::string many_headers;
  for (int i = 0; i < 101; ++i) many_headers += "A: b\r\n";
  return {
      {"NUL in header", post_head(length + "X-A: a\0b\r\n"s) + body, 400, "malformed_request"},
      {"NUL in path", "GET /heal\0th HTTP/1.1\r\n\r\n"s, 400, "malformed_request"},
      {"bare CR in header", post_head("X-A: a\rX-B: b\r\n" + length) + body, 400, "malformed_request"},
      {"bare LF in header", post_head("X-A: a\nTransfer-Encoding: chunked\r\n" + length) + body, 400,
       "malformed_request"},
      {"folded header", post_head("X-A: a\r\n b\r\n" + length) + body, 400, "malformed_request"},
      {"space before colon", post_head("Content-Length : 5\r\n") + "hello", 400, "malformed_request"},
      {"no colon", post_head("nonsense\r\n"), 400, "malformed_request"},
      {"not HTTP", "hello\r\n\r\n", 400, "malformed_request"},
      {"UTF-8 in path", "GET /us\xC3\xA9rs/1 HTTP/1.1\r\n\r\n", 400, "malformed_request"},
      {"absolute-form target", "GET http://evil/health HTTP/1.1\r\n\r\n", 400, "malformed_request"},
      {"two spaces", "GET /health  HTTP/1.1\r\n\r\n", 400, "malformed_request"},
      {"HTTP/0.9", "GET /health\r\n\r\n", 400, "malformed_request"},
      {"HTTP/2.0", "GET /health HTTP/2.0\r\n\r\n", 505, "http_version_not_supported"},
      {"long path", "GET /" + std::string(5'000, 'a') + " HTTP/1.1\r\n\r\n", 414, "path_too_long"},
      {"long header", post_head("X-A: " + std::string(9'000, 'a') + "\r\n"), 431, "headers_too_large"},
      {"endless header", "GET / HTTP/1.1\r\nX-A: " + std::string(100'000, 'a'), 431, "headers_too_large"},
      {"too many headers", post_head(many_headers), 431, "headers_too_large"},
      {"unknown method", "BREW /health HTTP/1.1\r\n\r\n", 405, "method_not_allowed"},
      {"method not allowed on a known path", "TRACE /schedule-message HTTP/1.1\r\n\r\n", 405,
       "method_not_allowed"},
      {"unknown path", "GET /nowhere HTTP/1.1\r\n\r\n", 404, "not_found"},
  };
}

TEST(HttpServer, RefusesAmbiguousRequestsAndReadsNothingAfterThem) {
  FakeService service;
  auto requests = ambiguous_bodies();
  for (auto& malformed : malformed_heads()) requests.push_back(std::move(malformed));
  for (const auto& [name, bytes, status, error] : requests) {
    SCOPED_TRACE(name);
    RawClient client(service.port());
    client.send(bytes);
    client.send(request_text("POST", "/schedule-message", schedule_body()));  // must not be read
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, status);
    EXPECT_EQ(answer->error(), error);
    EXPECT_FALSE(answer->json()["message"].get<std::string>().empty());
    EXPECT_EQ(answer->headers.at("connection"), "close");
    EXPECT_EQ(answer->headers.at("content-type"), "application/json");
    client.stop_sending();
    EXPECT_EQ(client.read_until_closed(), "");
  }
  EXPECT_TRUE(service.scheduled().empty());
  EXPECT_EQ(exchange(service.port(), "GET", "/health").status, 200);
}

TEST(HttpServer, DeliversARefusalToAClientThatIsStillSending) {
  FakeService service;
  RawClient client(service.port());
  client.send(request_text("POST", "/schedule-message", std::string(3'000'000, ' ')));
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error(), "too_large");
}

TEST(HttpServer, TimesOutRequestsThatArriveByteByByte) {
  FakeService service;
  const std::string whole = request_text("POST", "/schedule-message", schedule_body());
  for (const std::size_t sent_first : {std::size_t{1}, whole.size() - 60}) {
    RawClient client(service.port());
    client.send(whole.substr(0, sent_first));
    std::jthread slow_sender([&](const std::stop_token& stop) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      for (std::size_t i = sent_first; i < whole.size() && !stop.stop_requested(); ++i) {
        client.send(whole.substr(i, 1));
        std::condition_variable_any().wait_for(lock, stop, 20ms, [] { return false; });
      }
    });
    const auto began = steady_clock::now();
    const auto answer = client.read_answer();
    EXPECT_LT(steady_clock::now() - began, 900ms);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408);
    EXPECT_EQ(answer->error(), "request_timeout");
  }
  EXPECT_TRUE(service.scheduled().empty());
}

TEST(HttpServer, StoresNothingOfAnIncompleteRequest) {
  FakeService service;
  const std::string whole = request_text("POST", "/schedule-message", schedule_body());
  for (const std::size_t sent : {std::size_t{10}, whole.size() - 1}) {
    RawClient client(service.port());
    client.send(whole.substr(0, sent));
    client.stop_sending();
    EXPECT_EQ(client.read_until_closed(), "");
  }
  EXPECT_TRUE(service.scheduled().empty());
}

TEST(HttpServer, ClosesAConnectionThatDoesNotReadItsResponses) {
  FakeService service;
  RawClient client(service.port());
  const std::string request = request_text("GET", "/health");
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += request;
  auto sending = std::async(std::launch::async, [&] { client.send(many); });  // reads nothing
  EXPECT_EQ(sending.wait_for(5s), std::future_status::ready);
  EXPECT_EQ(exchange(service.port(), "GET", "/health").status, 200);
}

TEST(HttpServer, ServesManyRequestsOnOneConnection) {
  FakeService service;
  RawClient client(service.port());
  for (int i = 0; i < 100; ++i) {
    client.send(request_text("POST", "/schedule-message", schedule_body()));
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->status, 200);
  }
  EXPECT_EQ(service.scheduled().size(), 100);
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  FakeService service;
  RawClient client(service.port());
  client.send("\r\n" + request_text("GET", "/health") +
              request_text("POST", "/schedule-message", schedule_body()) + request_text("GET", "/users/x"));
  for (const int status : {200, 200, 404}) {
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, status);
  }
}

TEST(HttpServer, SkipsEmptyLinesBeforeARequestInLinearTime) {
  auto limits = api::testing::short_limits();
  limits.connection.request = 10s;
  FakeService service({}, limits);
  std::string blank_lines;
  while (blank_lines.size() < 8'000'000) blank_lines += "\r\n";
  const auto began = steady_clock::now();
  EXPECT_EQ(exchange(service.port(), "GET", "/health").status, 200);
  RawClient client(service.port());
  client.send(blank_lines + request_text("GET", "/health"));
  EXPECT_TRUE(client.read_answer());
  EXPECT_LT(steady_clock::now() - began, 2s * support::kSlowness);
}

TEST(HttpServer, ClosesTheConnectionOnRequestAndForHttp10) {
  FakeService service;
  for (const std::string request :
       {"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /health HTTP/1.0\r\n\r\n"}) {
    RawClient client(service.port());
    client.send(request);
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->headers.at("connection"), "close");
    EXPECT_LT(client.time_until_closed(), 500ms);
  }
}

TEST(HttpServer, ClosesAnIdleConnection) {
  auto limits = api::testing::short_limits();
  limits.connection.idle = 100ms;
  FakeService service({}, limits);
  EXPECT_LT(RawClient(service.port()).time_until_closed(), 1s);
}

TEST(HttpServer, SendsContinueBeforeTheBody) {
  FakeService service;
  const std::string body = schedule_body();
  RawClient client(service.port());
  client.send(post_head("Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"));
  auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 100);
  client.send(body);
  answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

TEST(HttpServer, RefusesATooLargeBodyInsteadOfSendingContinue) {
  FakeService service;
  RawClient client(service.port());
  client.send(post_head("Expect: 100-continue\r\nContent-Length: 1048577\r\n"));
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
}

TEST(HttpServer, IgnoresAcceptEncodingAndRange) {
  FakeService service;
  const auto plain = exchange(service.port(), "GET", "/");
  const auto answer =
      exchange(service.port(), "GET", "/", {}, "Accept-Encoding: gzip, br\r\nRange: bytes=0-3\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, plain.body);
}

TEST(HttpServer, StopDoesNotWaitForIdleConnectionsOrIncompleteRequests) {
  FakeService service;
  RawClient idle(service.port());
  idle.send(request_text("GET", "/health"));
  ASSERT_TRUE(idle.read_answer());
  RawClient silent(service.port());
  RawClient half_sent(service.port());
  half_sent.send("POST /schedule-message HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");

  const auto began = steady_clock::now();
  service.server().stop();
  EXPECT_LT(steady_clock::now() - began, 1s);
  EXPECT_LT(idle.time_until_closed(), 100ms);
  EXPECT_THROW(RawClient(service.port()), std::runtime_error);
}

TEST(HttpServer, StopCompletesRequestsInProgress) {
  FakeService service;
  std::promise<void> entered;
  std::promise<void> released;
  service.before_schedule = [&] {
    entered.set_value();
    released.get_future().wait();
  };
  RawClient client(service.port());
  client.send(request_text("POST", "/schedule-message", schedule_body()));
  entered.get_future().wait();
  auto stopping = std::async(std::launch::async, [&] { service.server().stop(); });
  EXPECT_EQ(stopping.wait_for(50ms), std::future_status::timeout);
  released.set_value();
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(stopping.wait_for(2s), std::future_status::ready);
}

TEST(HttpServer, WaitingClientsOccupyNoWorker) {
  auto limits = api::testing::short_limits();
  limits.workers = 1;
  limits.connection.request = 10s;
  FakeService service({}, limits);
  RawClient idle(service.port());
  idle.send(request_text("GET", "/health"));
  ASSERT_TRUE(idle.read_answer());
  RawClient silent(service.port());
  RawClient half_sent(service.port());
  half_sent.send(post_head("Content-Length: 100\r\n") + "{");
  RawClient not_reading(service.port());  // the responses exceed its socket buffers
  for (int i = 0; i < 20'000; ++i) not_reading.send_now(request_text("GET", "/"));
  EXPECT_EQ(exchange(service.port(), "GET", "/health").status, 200);
  idle.send(request_text("GET", "/health"));
  EXPECT_TRUE(idle.read_answer());
}

TEST(HttpServer, ABusyClientSharesTheOnlyWorker) {
  auto limits = api::testing::short_limits();
  limits.workers = 1;
  FakeService service({}, limits);
  std::string many;
  for (int i = 0; i < 5'000; ++i) many += request_text("GET", "/health");
  RawClient busy(service.port());
  auto sending = std::async(std::launch::async, [&] { busy.send(many); });
  EXPECT_EQ(exchange(service.port(), "GET", "/health").status, 200);
  for (int i = 0; i < 5'000; ++i) ASSERT_TRUE(busy.read_answer()) << i;
}

TEST(HttpServer, IdleWorkersEnd) {
  auto limits = api::testing::short_limits();
  limits.worker_idle = 50ms;
  FakeService service({}, limits);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(exchange(service.port(), "GET", "/health").status, 200);
    EXPECT_TRUE(support::eventually([&] { return service.server().workers() == 0; }));
  }
}

TEST(HttpServer, RefusesConnectionsBeyondItsLimit) {
  auto limits = api::testing::short_limits();
  limits.connections = 2;
  FakeService service({}, limits);
  RawClient served(service.port());
  served.send(request_text("GET", "/health"));
  ASSERT_TRUE(served.read_answer());
  {
    RawClient silent(service.port());
    RawClient refused(service.port());
    const auto answer = refused.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(answer->error(), "overloaded");
    EXPECT_EQ(answer->headers.at("retry-after"), "1");
  }
  EXPECT_TRUE(support::eventually([&] { return exchange(service.port(), "GET", "/health").status == 200; }));
}

TEST(HttpServer, LargeBodiesShareTheMemoryQuota) {
  auto limits = api::testing::short_limits();
  limits.memory = 100'000;
  limits.connection.request = 10s;
  FakeService service({}, limits);
  const std::string large = request_text("POST", "/schedule-message", std::string(80'000, ' '));
  {
    RawClient first(service.port());
    first.send(large.substr(0, large.size() - 1));
    RawClient second(service.port());
    std::optional<support::Answer> answer;
    second.send(large.substr(0, large.size() - 1));
    answer = second.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(answer->error(), "overloaded");
    EXPECT_EQ(service.post(schedule_body()).status, 200);  // small bodies are not counted
  }
  EXPECT_TRUE(support::eventually([&] {
    return exchange(service.port(), "POST", "/schedule-message", std::string(80'000, ' ')).status == 400;
  }));
}

TEST(HttpServer, ThrowsAnErrorThatNamesAPortInUse) {
  FakeService service;
  const std::string port = std::to_string(service.port());
  try {
    const Server second("127.0.0.1", service.port(), {});
    FAIL() << "Two servers share port " << port;
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()), "cannot listen on 127.0.0.1:" + port + ": Address already in use");
  }
}

}  // namespace
}  // namespace orchestrator::server
