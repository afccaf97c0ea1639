// GET /events, as a client receives it.

#include <gtest/gtest.h>

#include "api/event_stream.hpp"
#include "api/fake_service.hpp"
#include "support/eventually.hpp"

namespace orchestrator::api {
namespace {

using namespace std::chrono_literals;
using support::eventually;
using support::exchange;
using support::RawClient;
using support::request_text;
using testing::FakeService;

const events::Event kEvent{"id-1", "messagePromoted", R"({"messageId":"m"})"};

TEST(EventStream, WritesServerSentEvents) {
  EventStream stream;
  const auto now = std::chrono::steady_clock::now();
  EXPECT_EQ(stream.text_of({}, now), ": open\nretry: 2000\n\n");
  EXPECT_EQ(stream.text_of({}, now + 14s), "");
  EXPECT_EQ(stream.text_of({}, now + 15s), ": keep-alive\n\n");
  EXPECT_EQ(stream.text_of({}, now + 29s), "");
  EXPECT_EQ(stream.text_of({kEvent, events::gap(3)}, now + 29s),
            "id: id-1\nevent: messagePromoted\ndata: {\"messageId\":\"m\"}\n\n"
            "event: gap\ndata: {\"missed\":3}\n\n");
  EXPECT_EQ(stream.text_of({}, now + 43s), "");
  EXPECT_EQ(stream.text_of({}, now + 44s), ": keep-alive\n\n");
}

TEST(EventStream, WritesPendingEventsWithTheOpening) {
  EventStream stream;
  EXPECT_EQ(stream.text_of({events::gap(0)}, {}),
            ": open\nretry: 2000\n\nevent: gap\ndata: {\"missed\":null}\n\n");
}

TEST(EventRoutes, StreamsEventsAsTheyArePublished) {
  FakeService service;
  RawClient client(service.port());
  client.send(request_text("GET", "/events"));
  const auto head = client.read_answer();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers.at("content-type"), "text/event-stream");
  EXPECT_EQ(head->headers.at("cache-control"), "no-store");
  EXPECT_EQ(head->headers.at("transfer-encoding"), "chunked");
  EXPECT_TRUE(client.read_until("retry: 2000\n\n"));
  service.broadcast.publish({kEvent});
  EXPECT_TRUE(client.read_until("id: id-1\nevent: messagePromoted\ndata: {\"messageId\":\"m\"}\n\n"));
  service.broadcast.publish({{"id-2", "lockReleased", "{}"}});
  EXPECT_TRUE(client.read_until("event: lockReleased"));
}

TEST(EventRoutes, RequestDeadlinesDoNotEndAQuietStream) {
  auto limits = testing::short_limits();
  limits.connection.idle = 100ms;
  FakeService service({}, limits);
  RawClient client(service.port());
  client.send(request_text("GET", "/events"));
  EXPECT_TRUE(client.read_until("retry: 2000\n\n"));
  const auto opened = std::chrono::steady_clock::now();
  EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() - opened > 700ms; }));
  service.broadcast.publish({kEvent});
  EXPECT_TRUE(client.read_until("id-1"));
}

TEST(EventRoutes, ResumesAfterTheLastEventOfTheClient) {
  FakeService service;
  for (const auto& [path, header] :
       {std::pair{"/events", "Last-Event-ID: a.1\r\n"}, std::pair{"/events?lastEventId=b%2E2", ""},
        std::pair{"/events?lastEventId=c", "Last-Event-ID: d\r\n"},
        std::pair{"/events?lastEventId=%zz", ""}}) {
    RawClient client(service.port());
    client.send(request_text("GET", path, {}, header));
    EXPECT_TRUE(client.read_until("retry"));
    client.stop_sending();
    EXPECT_TRUE(eventually([&] { return service.subscriptions() == 0; }));
  }
  EXPECT_EQ(service.resumed_after(), (std::vector<std::string>{"a.1", "b.2", "d", ""}));
}

TEST(EventRoutes, AClosedConnectionEndsItsSubscription) {
  FakeService service;
  service.max_subscriptions = 1;
  {
    RawClient client(service.port());
    client.send(request_text("GET", "/events"));
    EXPECT_TRUE(client.read_until("retry"));
    const auto answer = exchange(service.port(), "GET", "/events");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.error(), "too_many_listeners");
    EXPECT_EQ(answer.headers.at("retry-after"), "1");
  }
  EXPECT_TRUE(eventually([&] { return service.subscriptions() == 0; }));
}

TEST(EventRoutes, ServerStopEndsStreams) {
  auto limits = testing::short_limits();
  limits.stop_grace = 10s;
  FakeService service({}, limits);
  RawClient client(service.port());
  client.send(request_text("GET", "/events"));
  EXPECT_TRUE(client.read_until("retry"));
  const auto began = std::chrono::steady_clock::now();
  service.server().stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_EQ(service.subscriptions(), 0u);
}

TEST(EventRoutes, RequiresAKeyAndHeadOpensNoStream) {
  FakeService service({"key"});
  EXPECT_EQ(exchange(service.port(), "GET", "/events").status, 401);
  const auto head = exchange(service.port(), "HEAD", "/events", {}, "Authorization: Bearer key\r\n");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-type"), "text/event-stream");
  EXPECT_TRUE(eventually([&] { return service.subscriptions() == 0; }));
}

}  // namespace
}  // namespace orchestrator::api
