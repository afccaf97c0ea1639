// Requests that two parsers could read differently, malformed requests, and other protocols.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "abuse/abuse_fixture.hpp"

namespace orchestrator::abuse {
namespace {

using namespace std::string_literals;
using support::RawClient;
using support::request_text;

class AbuseFraming : public AbuseFixture {};

const std::string kStart = "POST /schedule-message HTTP/1.1\r\nHost: test\r\n";
const std::string kBody = R"({"userId":"ann"})";
const std::string kLength = "Content-Length: " + std::to_string(kBody.size()) + "\r\n";

struct Bytes {
  const char* name;
  std::string bytes;
  int status;
};

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::vector<Bytes> ambiguous_bodies() {
  return {
      {"two lengths", kStart + kLength + "Content-Length: 1\r\n\r\n" + kBody, 400},
      {"the same length twice", kStart + kLength + kLength + "\r\n" + kBody, 400},
      {"a list of lengths", kStart + "Content-Length: 16, 16\r\n\r\n" + kBody, 400},
      {"a length with a sign", kStart + "Content-Length: +16\r\n\r\n" + kBody, 400},
      {"a negative length", kStart + "Content-Length: -16\r\n\r\n" + kBody, 400},
      {"a hexadecimal length", kStart + "Content-Length: 0x10\r\n\r\n" + kBody, 400},
      {"a length with a space in it", kStart + "Content-Length: 1 6\r\n\r\n" + kBody, 400},
      {"a length with a form feed", kStart + "Content-Length: \f16\r\n\r\n" + kBody, 400},
      {"a length beyond 64 bits", kStart + "Content-Length: 18446744073709551632\r\n\r\n" + kBody, 413},
      {"100 MB announced", kStart + "Content-Length: 100000000\r\n\r\n" + kBody, 413},
      {"no length", kStart + "\r\n" + kBody, 411},
      {"chunked", kStart + "Transfer-Encoding: chunked\r\n\r\n10\r\n" + kBody + "\r\n0\r\n\r\n", 400},
      {"chunked and a length", kStart + kLength + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunked with malformed sizes", kStart + "Transfer-Encoding: chunked\r\n\r\nzz\r\n-1\r\n", 400},
      {"chunked twice", kStart + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunked after a vertical tab",
       kStart + kLength +
           "Transfer-Encoding:\x0b"
           "chunked\r\n\r\n" +
           kBody,
       400},
      {"endless chunks", kStart + "Transfer-Encoding: chunked\r\n\r\n" + repeated("4\r\naaaa\r\n", 100'000),
       400},
      {"compressed", kStart + kLength + "Content-Encoding: gzip\r\n\r\n" + kBody, 415},
      {"compressed, in a list of encodings",
       kStart + kLength + "Content-Encoding: identity, br\r\n\r\n" + kBody, 415},
      {"1 MiB and a byte", kStart + "Content-Length: 1048577\r\n\r\n" + std::string(1'048'577, ' '), 413},
  };
}

std::vector<Bytes> malformed_heads() {
  return {
      {"a head of 1 MB", kStart + "X-A: " + std::string(1'000'000, 'a') + "\r\n\r\n", 431},
      {"10,000 header lines", kStart + repeated("X: y\r\n", 10'000) + "\r\n", 431},
      {"a header without a colon", kStart + "nonsense\r\n\r\n", 400},
      {"a header without a name", kStart + ": value\r\n\r\n", 400},
      {"a folded header", kStart + "X-A: a\r\n\tb\r\n" + kLength + "\r\n" + kBody, 400},
      {"a folded first line", "GET /health\r\n HTTP/1.1\r\n\r\n", 400},
      {"a NUL in a header", kStart + "X-A: a\0b\r\n"s + kLength + "\r\n" + kBody, 400},
      {"a CR in a header", kStart + "X-A: a\rb\r\n" + kLength + "\r\n" + kBody, 400},
      {"a LF in a header", kStart + "X-A: a\nb: c\r\n" + kLength + "\r\n" + kBody, 400},
      {"lines that end with LF", "GET /health HTTP/1.1\nHost: test\n\n\r\n\r\n", 400},
      {"a NUL in the path", "GET /hea\0lth HTTP/1.1\r\n\r\n"s, 400},
      {"bytes in the path", "GET /users/\xC3\xA9\xFF HTTP/1.1\r\n\r\n", 400},
      {"a long path", "GET /users/" + std::string(10'000, 'a') + " HTTP/1.1\r\n\r\n", 414},
      {"an unknown method", "BREW /health HTTP/1.1\r\n\r\n", 405},
      {"an endless method", std::string(9'000, 'A') + " /health HTTP/1.1\r\n\r\n", 405},
      {"a method in lower case", "get /health HTTP/1.1\r\n\r\n", 405},
      {"TRACE", "TRACE /health HTTP/1.1\r\n\r\n", 405},
      {"CONNECT", "CONNECT example.com:443 HTTP/1.1\r\n\r\n", 400},
      {"an absolute-form target", "GET http://example.com/health HTTP/1.1\r\n\r\n", 400},
      {"OPTIONS *", "OPTIONS * HTTP/1.1\r\n\r\n", 400},
      {"HTTP/0.9", "GET /health\r\n\r\n", 400},
      {"HTTP/2 by prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"HTTP/3.0", "GET /health HTTP/3.0\r\n\r\n", 505},
      {"a minor version of two digits", "GET /health HTTP/1.11\r\n\r\n", 505},
      {"only spaces", "     \r\n\r\n", 400},
  };
}

TEST_F(AbuseFraming, AmbiguousRequestsAreRefusedAndEndTheConnection) {
  auto requests = ambiguous_bodies();
  for (Bytes& malformed : malformed_heads()) requests.push_back(std::move(malformed));
  for (const auto& [name, bytes, status] : requests) {
    SCOPED_TRACE(name);
    RawClient client(port());
    client.send(bytes + request_text("DELETE", "/messages/smuggled"));
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    expect_well_formed(*answer);
    EXPECT_EQ(answer->status, status);
    client.stop_sending();
    EXPECT_EQ(client.read_until_closed(), "");
  }
}

TEST_F(AbuseFraming, OtherProtocolsAreRefused) {
  const std::string hello = "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"s;
  for (const std::string& bytes :
       {hello + std::string(506, '\x5a'), "SSH-2.0-OpenSSH_9.2\r\n"s, "EHLO there\r\n\r\n"s,
        "\0\0\0\x08\x04\xd2\x16\x2f"s, "*1\r\n$4\r\nPING\r\n"s, std::string(40'000, '\0'),
        "GET / HTTP/1.1\r\n"s, "\r\n\r\n\r\n"s}) {
    const auto answer = first_answer_to(bytes);
    EXPECT_TRUE(!answer || answer->status >= 400) << bytes;
  }
}

TEST_F(AbuseFraming, PipelinedRequestsAreAnsweredInOrder) {
  RawClient client(port());
  const std::string valid = support::message_body("ann", "pipelined").dump();
  const std::vector<std::pair<std::string, int>> requests = {
      {request_text("GET", "/health"), 200},
      {request_text("POST", "/schedule-message", valid), 200},
      {request_text("GET", "/messages/nothing"), 404},
      {request_text("POST", "/schedule-message", "{"), 400},
      {request_text("GET", "/users/ann"), 200},
      {kStart + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400}};
  std::string together;
  for (const auto& [text, status] : requests) together += text;
  client.send(together + request_text("GET", "/health"));
  for (const auto& [text, status] : requests) {
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer) << text;
    expect_well_formed(*answer);
    EXPECT_EQ(answer->status, status) << text;
  }
  client.stop_sending();
  EXPECT_EQ(client.read_until_closed(), "");  // nothing is read after the ambiguous request
}

TEST_F(AbuseFraming, ARequestInABodyIsNotExecuted) {
  const auto answer =
      ask("POST", "/schedule-message", request_text("DELETE", "/messages/smuggled") + "\r\n\r\n");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.error(), "invalid_json");
}

TEST_F(AbuseFraming, PathsInjectNeitherHeadersNorOtherRoutes) {
  for (const char* path : {"/users/a%0d%0aSet-Cookie:%20x=1",
                           "/users/%00",
                           "/users/%1b%5b31m",
                           "/users/%",
                           "/users/%zz",
                           "/users/%c0%af",
                           "/users/%ed%a0%80",
                           "/users/%ff",
                           "/users/..%2f..%2fetc%2fpasswd",
                           "/users/%2e%2e",
                           "/messages/%00",
                           "/messages/'%20OR%201=1--",
                           "/messages/%ff%fe",
                           "/messages/019a0000-0000-7000-8000-000000000001%00",
                           "/messages/%0d%0a/why",
                           "/reformulations/%00/done",
                           "/inbound/%00/complete",
                           "/api/admin/coordinator/contact/%00",
                           "/api/admin/coordinator/contact/%ff",
                           "/reformulations?limit=-1",
                           "/reformulations?limit=99999999999",
                           "/reformulations?limit=%00",
                           "/reformulations?since=%ff",
                           "/reformulations?since=garbage",
                           "/webhooks/whatsapp?hub.mode=%00",
                           "/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=%0d%0a&hub.challenge=1",
                           "//health",
                           "/health/",
                           "/./health",
                           "/HEALTH",
                           "/?",
                           "/%68ealth",
                           "/users//"}) {
    for (const char* method : {"GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS"}) {
      SCOPED_TRACE(std::string(method) + " " + path);
      RawClient client(port());
      client.send(request_text(method, path, method == "PUT"s || method == "POST"s ? "{}" : ""));
      const auto answer = client.read_answer(method == "HEAD"s);
      ASSERT_TRUE(answer);
      expect_well_formed(*answer);
      EXPECT_LT(answer->status, 500);
    }
  }
}

}  // namespace
}  // namespace orchestrator::abuse
