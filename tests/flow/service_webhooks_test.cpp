// Webhooks of providers reach the person's inbound queue and the event stream.
#include <gtest/gtest.h>

#include "support/raw_client.hpp"
#include "support/running_service.hpp"

namespace orchestrator {
namespace {

using support::exchange;
using support::RawClient;
using support::request_text;
using Texts = std::vector<std::string>;

const support::Variables kSecrets = {{"PUBLIC_URL", "https://sms.example.com"},
                                     {"TWILIO_AUTH_TOKEN", "secret"},
                                     {"WHATSAPP_APP_SECRET", "app-secret"}};

// Signed with these secrets, as the providers do.
constexpr const char* kSms = "Body=Hello%3F&From=%2B15550100000&MessageSid=SM1";
constexpr const char* kSmsSignature = "X-Twilio-Signature: 6j3cp6HOic7yygfMmdiIHd6rrlo=\r\n";
constexpr const char* kNews =
    R"({"entry":[{"changes":[{"value":{"messages":[{"from":"15550100000","id":"wamid.1","type":"text","text":{"body":"Me again"}}]}}]}]})";
constexpr const char* kNewsSignature =
    "X-Hub-Signature-256: sha256=94a78971da88e42dbd56dc5a11037087e56bb3771de9d20e33834fc1389f70f5\r\n";

TEST(ServiceWebhooks, InboundMessagesReachThePersonsQueue) {
  support::RunningService running(kSecrets);
  running.add_user("ann", {{"phoneNumber", "+15550100000"}});
  const int port = running.service.port();
  RawClient listener(port);
  listener.send(request_text("GET", "/events"));
  ASSERT_TRUE(listener.read_until("retry: 2000\n\n"));

  EXPECT_EQ(exchange(port, "POST", "/webhooks/twilio/sms", kSms).status, 403);
  const auto answer = exchange(port, "POST", "/webhooks/twilio/sms", kSms, kSmsSignature);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body.ends_with("<Response></Response>"));
  EXPECT_TRUE(listener.read_until("event: messageReceived\n"));
  EXPECT_TRUE(listener.read_until("\"text\":\"Hello?\",\"userId\":\"ann\""));
  EXPECT_TRUE(listener.read_until("event: messageEnqueued\n"));

  EXPECT_EQ(exchange(port, "POST", "/webhooks/twilio/sms", kSms, kSmsSignature).status, 200);
  EXPECT_TRUE(listener.read_until("event: duplicateDetected\n"));

  EXPECT_EQ(exchange(port, "POST", "/webhooks/whatsapp", kNews, kNewsSignature).body, R"({"success":true})");
  EXPECT_TRUE(listener.read_until("\"text\":\"Me again\",\"userId\":\"ann\""));
  EXPECT_EQ(running.sql.column("SELECT content FROM messages WHERE user_id = 'ann' AND direction = 'inbound' "
                               "ORDER BY id"),
            (Texts{"Hello?", "Me again"}));

  const auto turn = running.http.post("/inbound/claim");
  EXPECT_EQ(turn.status, 200);
  EXPECT_TRUE(listener.read_until("event: lockAcquired\n"));
  EXPECT_TRUE(listener.read_until("event: batchCreated\n"));
  EXPECT_TRUE(listener.read_until("\"size\":2"));
}

}  // namespace
}  // namespace orchestrator
