// Calls to other services: their results, and after a failure, whether the request can have arrived.
#include "net/http_client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/eventually.hpp"
#include "support/scripted_server.hpp"

namespace orchestrator::net {
namespace {

using namespace std::chrono_literals;
using support::ScriptedReply;
using support::ScriptedServer;
using support::SeenRequest;
using Kind = HttpFailure::Kind;

ScriptedServer::Script always(const ScriptedReply& reply) {
  return [reply](const SeenRequest&) { return reply; };
}

HttpRequest post(const std::string& url, const std::string& body = "To=ann") {
  return {.method = "POST", .url = url, .body = body, .timeout = 5s};
}

const HttpAnswer& answer_in(const HttpResult& result) {
  if (const auto* failure = std::get_if<HttpFailure>(&result)) throw std::runtime_error(failure->detail);
  return std::get<HttpAnswer>(result);
}

std::string failure_in(const HttpResult& result) {
  const auto* failure = std::get_if<HttpFailure>(&result);
  if (failure == nullptr) return "an answer";
  switch (failure->kind) {
    case Kind::not_sent:
      return "not_sent";
    case Kind::no_answer:
      return "no_answer";
    case Kind::bad_answer:
      return "bad_answer";
  }
  std::abort();
}

// A URL whose port has no listener.
std::string closed_port() { return ScriptedServer(always({})).url(); }

TEST(HttpClient, SendsTheRequestAndReturnsTheResponse) {
  ScriptedServer server(always({.status = 429, .body = "slow down", .headers = {{"Retry-After", "7"}}}));
  HttpClient client;
  HttpRequest request = post(server.url() + "/messages?page=2", "a=1&b=%20");
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.login = {"AC1", Secret("token")};
  const HttpAnswer answer = answer_in(client.perform(request));
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.body, "slow down");
  EXPECT_EQ(answer.header("retry-after"), "7");
  EXPECT_EQ(answer.header("location"), "");
  EXPECT_EQ(answer.retry_after(), 7s);
  const SeenRequest seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/messages");
  EXPECT_EQ(seen.query.at("page"), "2");
  EXPECT_EQ(seen.form.at("b"), " ");
  EXPECT_EQ(seen.headers.at("content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(seen.headers.at("authorization"), "Basic QUMxOnRva2Vu");
}

TEST(HttpClient, UsesEveryMethod) {
  ScriptedServer server(always({}));
  HttpClient client;
  for (const std::string method : {"GET", "POST", "PUT", "DELETE", "HEAD"}) {
    HttpRequest request{.method = method, .url = server.url()};
    if (method == "HEAD") request.timeout = 1s;
    client.perform(request);
    EXPECT_EQ(server.requests().back().method, method);
  }
}

TEST(HttpClient, KeepsConnectionsBetweenCalls) {
  ScriptedServer server(always({}));
  HttpClient client;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(answer_in(client.perform(post(server.url()))).status, 200);
  EXPECT_EQ(server.requests().back().connection, 1);
}

TEST(HttpClient, ReadsRetryAfter) {
  const std::vector<std::pair<std::string, std::optional<std::chrono::seconds>>> table = {
      {"0", 0s},
      {"120", 120s},
      {"", std::nullopt},
      {"-1", std::nullopt},
      {"1.5", std::nullopt},
      {"9999999", std::chrono::hours{24}},
      {"soon", std::nullopt},
      {"Fri, 20 Nov 2026 18:00:00 GMT", std::nullopt}};
  for (const auto& [text, expected] : table) {
    EXPECT_EQ((HttpAnswer{.headers = {{"retry-after", text}}}).retry_after(), expected) << text;
  }
}

TEST(HttpClient, ReportsThatNothingWasSent) {
  ScriptedServer server(always({}));
  std::string tls = server.url();
  tls.replace(0, 4, "https");  // the server speaks no TLS
  HttpClient client;
  for (const std::string& url :
       {closed_port(), std::string("http://name.invalid/"), std::string("ftp://127.0.0.1/"),
        std::string("file:///etc/passwd"), std::string("http://"), tls}) {
    HttpRequest request = post(url);
    request.connect_timeout = 500ms;
    EXPECT_EQ(failure_in(client.perform(request)), "not_sent") << url;
  }
}

TEST(HttpClient, RejectsRequestsThatWouldInjectHeaders) {
  ScriptedServer server(always({}));
  HttpClient client;
  HttpRequest header = post(server.url());
  header.headers = {{"Authorization", "Bearer x\r\nX-Evil: 1"}};
  HttpRequest name = post(server.url());
  name.headers = {{"X: 1\r\nY", "1"}};
  HttpRequest method = post(server.url());
  method.method = "POST / HTTP/1.1\r\nX: 1";
  for (const HttpRequest& request :
       {header, name, method, post(server.url() + "/a b"), post(server.url() + "/a\r\nX: 1"), post("")}) {
    EXPECT_EQ(failure_in(client.perform(request)), "not_sent");
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpClient, SendsOnceAndReportsAnUnknownOutcome) {
  for (const auto kind :
       {ScriptedReply::Kind::hang, ScriptedReply::Kind::reset, ScriptedReply::Kind::cut_off}) {
    for (const bool is_kept_connection : {false, true}) {
      std::atomic<bool> fails = !is_kept_connection;
      ScriptedServer server([&](const SeenRequest&) {
        return ScriptedReply{.kind = fails ? kind : ScriptedReply::Kind::answer};
      });
      HttpClient client;
      HttpRequest request = post(server.url());
      request.timeout = 300ms;
      if (is_kept_connection) answer_in(client.perform(request));
      fails = true;
      EXPECT_EQ(failure_in(client.perform(request)), "no_answer")
          << static_cast<int>(kind) << is_kept_connection;
      EXPECT_EQ(server.requests().size(), is_kept_connection ? 2U : 1U);
    }
  }
}

TEST(HttpClient, RejectsMalformedAndTooLargeResponses) {
  ScriptedServer garbage(always({.kind = ScriptedReply::Kind::garbage}));
  ScriptedServer verbose(always({.body = std::string(5000, 'x')}));
  HttpClient client;
  EXPECT_EQ(failure_in(client.perform(post(garbage.url()))), "bad_answer");
  HttpRequest request = post(verbose.url());
  request.max_response_bytes = 4096;
  EXPECT_EQ(failure_in(client.perform(request)), "bad_answer");
}

TEST(HttpClient, DoesNotFollowRedirects) {
  ScriptedServer server(always({.status = 307, .headers = {{"Location", "/elsewhere"}}}));
  HttpClient client;
  EXPECT_EQ(answer_in(client.perform(post(server.url()))).status, 307);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClient, ReturnsSoonAfterAStop) {
  ScriptedServer server(always({.kind = ScriptedReply::Kind::hang}));
  HttpClient client;
  std::stop_source stop;
  HttpRequest request = post(server.url());
  request.timeout = 60s;
  std::jthread stopper([&] {
    support::eventually([&] { return !server.requests().empty(); });
    stop.request_stop();
  });
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(failure_in(client.perform(request, stop.get_token())), "no_answer");
  EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
}

TEST(HttpClient, ServesManyThreadsAtOnce) {
  ScriptedServer server([](const SeenRequest& request) { return ScriptedReply{.body = request.body}; });
  HttpClient client;
  std::atomic<int> correct = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 25; ++i) {
          const std::string text = std::to_string(thread) + "/" + std::to_string(i);
          correct += answer_in(client.perform(post(server.url(), text))).body == text ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(correct, 200);
}

}  // namespace
}  // namespace orchestrator::net
