// POST /inbound-messages.

#include <gtest/gtest.h>

#include "api/fake_service.hpp"
#include "storage/errors.hpp"
#include "text/digest.hpp"

namespace orchestrator::api {
namespace {

using support::Answer;
using support::exchange;
using testing::FakeService;

Answer post(FakeService& service, std::string_view body) {
  return exchange(service.port(), "POST", "/inbound-messages", body);
}

TEST(InboundRoutes, PassesOnAllFieldsOfAMessage) {
  FakeService service;
  const Answer answer = post(service, R"({"contactId":"+1 555 123 4567","text":"Hello","messageId":"m-1",)"
                                      R"("timestamp":"2026-11-20T17:59:58Z","metadata":{"b":1,"a":[true]}})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"success":true,"messageId":"m-1","id":"019a0000-0000-7000-8000-000000000002",)"
                         R"("userId":"+15551234567","status":"queued"})");
  const auto received = service.received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].contact_id, "+15551234567");
  EXPECT_EQ(received[0].phone_number, "+15551234567");
  EXPECT_EQ(received[0].text, "Hello");
  EXPECT_EQ(received[0].type, "text");
  EXPECT_EQ(received[0].provider_id, "m-1");
  EXPECT_EQ(received[0].written_at, parse_instant("2026-11-20T17:59:58Z"));
  EXPECT_EQ(received[0].metadata, R"({"a":[true],"b":1})");
  EXPECT_EQ(received[0].content_hash, text::sha256_hex("text\nHello"));
  EXPECT_EQ(received[0].gateway_consent, std::nullopt);
}

TEST(InboundRoutes, RequiresOnlyContactAndText) {
  FakeService service;
  EXPECT_EQ(post(service, R"({"contactId":"user_123","text":"Hello","timestamp":null})").json()["messageId"],
            "019a0000-0000-7000-8000-000000000002");
  const auto message = service.received().at(0);
  EXPECT_EQ(message.contact_id, "user_123");
  EXPECT_EQ(message.phone_number, std::nullopt);
  EXPECT_EQ(message.provider_id, std::nullopt);
  EXPECT_EQ(message.written_at, std::nullopt);
  EXPECT_EQ(message.metadata, "{}");
}

TEST(InboundRoutes, AcceptsNumericTimestamps) {
  FakeService service;
  for (const char* timestamp :
       {"1763661600", "1763661600000", "1763661600000.0", R"("2025-11-20T19:00:00+01:00")"}) {
    const std::string body = std::string(R"({"contactId":"u","text":"x","timestamp":)") + timestamp + "}";
    EXPECT_EQ(post(service, body).status, 200) << timestamp;
    EXPECT_EQ(service.received().back().written_at, parse_instant("2025-11-20T18:00:00Z")) << timestamp;
  }
}

TEST(InboundRoutes, AcceptsAPictureWithoutText) {
  FakeService service;
  EXPECT_EQ(post(service, R"({"contactId":"u","text":"","messageType":"image"})").status, 200);
  EXPECT_EQ(post(service, R"({"contactId":"u","messageType":"audio"})").status, 200);
  EXPECT_EQ(service.received().at(0).type, "image");
  EXPECT_EQ(service.received().at(1).text, "");
}

TEST(InboundRoutes, ReportsTheReceipt) {
  using Kind = Receipt::Kind;
  struct Case {
    Kind kind;
    std::size_t dropped;
    const char* rest;
  };
  for (const Case& c : {Case{Kind::queued, 2, R"("status":"queued","dropped":2})"},
                        Case{Kind::duplicate, 0, R"("status":"duplicate","duplicateOf":"first"})"},
                        Case{Kind::opted_out, 0, R"("status":"opted_out"})"},
                        Case{Kind::opted_in, 0, R"("status":"opted_in"})"}}) {
    FakeService service;
    service.receive_one = [&](const IncomingMessage&) {
      return Receipt{c.kind, MessageId("first"), UserId("ann"), c.dropped};
    };
    EXPECT_EQ(post(service, R"({"contactId":"u","text":"x"})").body,
              std::string(R"({"success":true,"messageId":"first","id":"first","userId":"ann",)") + c.rest);
  }
}

TEST(InboundRoutes, RefusesInvalidBodies) {
  FakeService service;
  struct Case {
    std::string body;
    int status;
    const char* code;
  };
  const std::string long_text(65'537, 'x');
  const Case cases[] = {
      {"", 400, "invalid_json"},
      {"{}", 400, "missing_fields"},
      {R"({"contactId":"u"})", 400, "missing_fields"},
      {R"({"text":"x"})", 400, "missing_fields"},
      {R"({"contactId":"u","text":""})", 422, "no_content"},
      {R"({"contactId":"u","text":")" + long_text + "\"}", 422, "content_too_long"},
      {R"({"contactId":"","text":"x"})", 400, "invalid_field"},
      {R"({"contactId":7,"text":"x"})", 400, "invalid_field"},
      {R"({"contactId":"u","text":7})", 400, "invalid_field"},
      {R"({"contactId":"u","text":"x","messageId":""})", 400, "invalid_field"},
      {R"({"contactId":"u","text":"x","messageType":" "})", 400, "invalid_field"},
      {R"({"contactId":"u","text":"x","timestamp":"yesterday"})", 400, "invalid_field"},
      {R"({"contactId":"u","text":"x","timestamp":"2026-11-20T18:00:00"})", 400, "invalid_field"},
      {R"({"contactId":"u","text":"x","timestamp":-1})", 400, "invalid_field"},
      {R"({"contactId":"u","text":"x","timestamp":1e300})", 400, "invalid_field"},
      {R"({"contactId":"u","text":"x","timestamp":true})", 400, "invalid_field"},
      {R"({"contactId":"u","text":"x","metadata":[]})", 400, "invalid_field"},
      {R"({"contactId":"u","text":"x","messageID":"m"})", 400, "unknown_field"},
      {R"({"contactId":"u","text":"\u0000"})", 400, "invalid_text"},
  };
  for (const Case& c : cases) {
    const Answer answer = post(service, c.body);
    EXPECT_EQ(answer.status, c.status) << c.body.substr(0, 100);
    EXPECT_EQ(answer.error(), c.code) << c.body.substr(0, 100);
  }
  EXPECT_TRUE(service.received().empty());
}

TEST(InboundRoutes, RequiresAKey) {
  FakeService service({"key"});
  EXPECT_EQ(post(service, R"({"contactId":"u","text":"x"})").status, 401);
}

TEST(InboundRoutes, Answers503WhileTheDatabaseIsUnavailable) {
  FakeService service;
  service.receive_one = [](const IncomingMessage&) -> Receipt { throw storage::Unavailable("unreachable"); };
  EXPECT_EQ(post(service, R"({"contactId":"u","text":"x"})").status, 503);
}

}  // namespace
}  // namespace orchestrator::api
