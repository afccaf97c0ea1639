// Bodies that are received while they arrive.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "server/server.hpp"
#include "support/eventually.hpp"
#include "support/raw_client.hpp"

namespace orchestrator::server {
namespace {

using namespace std::chrono_literals;
using support::exchange;
using support::RawClient;
using support::request_text;

// Answers each body with the body itself; a body that begins with "-" is not kept.
class Echo {
 public:
  explicit Echo(ServerLimits limits = {}) : server_("127.0.0.1", 0, application(), limits) {}

  int port() const { return server_.port(); }
  std::size_t received_bytes() const { return received_bytes_; }

 private:
  Application application() {
    return {.admit = [this](const RequestHead&) -> Admission { return receiver(); },
            .answer = [](const Request&) { return Response{.status = 500}; },
            .refuse = [](const Rejection& rejection) { return Response{.status = rejection.status}; }};
  }

  BodyReceiver receiver() {
    const auto body = std::make_shared<std::string>();
    return {.limit = {1'000'000},
            .receive =
                [this, body](std::string_view bytes) {
                  received_bytes_ += bytes.size();
                  body->append(bytes);
                  return body->starts_with('-') ? 0 : body->size();
                },
            .answer =
                [body](const Request& request) {
                  EXPECT_EQ(request.body, "");
                  return Response{.content_type = "text/plain", .body = *body};
                }};
  }

  std::atomic<std::size_t> received_bytes_ = 0;
  Server server_;
};

TEST(ServerBodyReceiver, GetsTheWholeBodyWhereverItIsCut) {
  Echo echo;
  const std::string request = request_text("POST", "/", "abcdef");
  RawClient client(echo.port());
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    const std::size_t received = echo.received_bytes();
    client.send(request.substr(0, cut));
    const std::size_t head = request.size() - 6;
    if (cut > head) {  // received before the rest is sent
      EXPECT_TRUE(support::eventually([&] { return echo.received_bytes() - received == cut - head; }));
    }
    client.send(request.substr(cut));
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "abcdef") << cut;
  }
}

TEST(ServerBodyReceiver, LeavesTheNextRequestToItself) {
  Echo echo;
  RawClient client(echo.port());
  client.send(request_text("POST", "/", "first") + request_text("POST", "/", "") +
              request_text("POST", "/", "third"));
  for (const char* expected : {"first", "", "third"}) {
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, expected);
  }
}

TEST(ServerBodyReceiver, MeetsLimitAndDeadline) {
  ServerLimits limits;
  limits.connection.request = 300ms;
  Echo echo(limits);
  EXPECT_EQ(exchange(echo.port(), "POST", "/", std::string(1'000'000, 'x')).body.size(), 1'000'000u);
  EXPECT_EQ(exchange(echo.port(), "POST", "/", std::string(1'000'001, 'x')).status, 413);
  RawClient slow(echo.port());
  const std::string request = request_text("POST", "/", std::string(100'000, 'x'));
  slow.send(request.substr(0, request.size() - 1));
  const auto answer = slow.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408);
}

TEST(ServerBodyReceiver, TheMemoryQuotaCountsWhatIsKept) {
  ServerLimits limits;
  limits.memory = 100'000;
  Echo echo(limits);
  const std::string kept = request_text("POST", "/", std::string(80'000, 'x'));
  const std::string dropped = request_text("POST", "/", std::string(80'000, '-'));
  {
    RawClient first(echo.port());
    first.send(kept.substr(0, kept.size() - 1));
    ASSERT_TRUE(support::eventually([&] { return echo.received_bytes() == 79'999; }));
    RawClient second(echo.port());
    second.send(kept.substr(0, kept.size() - 1));
    const auto refused = second.read_answer();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 503);
    RawClient third(echo.port());
    third.send(dropped.substr(0, dropped.size() - 1));
    EXPECT_TRUE(support::eventually([&] { return echo.received_bytes() >= 2 * 79'999; }));
    first.send(kept.substr(kept.size() - 1));
    const auto answer = first.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
  }
  EXPECT_TRUE(support::eventually(
      [&] { return exchange(echo.port(), "POST", "/", std::string(80'000, 'x')).status == 200; }));
}

}  // namespace
}  // namespace orchestrator::server
