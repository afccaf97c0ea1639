// GET and DELETE /messages/{id}, and GET /messages/{id}/why.

#include <gtest/gtest.h>

#include "api/fake_service.hpp"

namespace orchestrator::api {
namespace {

using nlohmann::json;
using support::Answer;
using support::exchange;
using testing::FakeService;

const MessageId kId("019a0000-0000-7000-8000-000000000001");

Instant instant(std::string_view text) { return *parse_instant(text); }

MessageRecord waiting_record() {
  MessageRecord record;
  record.id = kId;
  record.user = UserId("user_1");
  record.agent = AgentId("concierge_agent");
  record.content = "Hello";
  record.status = "queued";
  record.scheduled_for = record.created_at = instant("2026-11-20T17:00:00Z");
  record.history = {{record.created_at, "queued", "", std::nullopt}};
  return record;
}

QueuedMessage queued(const std::string& id, Priority priority = Priority::medium) {
  QueuedMessage message;
  message.id = MessageId(id);
  message.priority = priority;
  message.scheduled_for = instant("2026-11-20T17:00:00Z");
  return message;
}

UserSnapshot snapshot_with(std::vector<QueuedMessage> messages) {
  UserSnapshot snapshot;
  snapshot.facts.timezone = "America/New_York";
  snapshot.waiting = {.messages = std::move(messages), .is_truncated = false};
  return snapshot;
}

class MessageRoutesTest : public ::testing::Test {
 protected:
  Answer get(const std::string& path) { return exchange(service.port(), "GET", "/messages/" + path); }
  json why() {
    const Answer answer = get(kId.value + "/why");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json();
  }

  FakeService service;  // now: 2026-11-20 18:00 UTC, 13:00 in New York
};

TEST_F(MessageRoutesTest, WaitingMessageHasNullForAbsentFields) {
  service.known_message = waiting_record();
  EXPECT_EQ(get(kId.value).json(), json::parse(R"({
    "messageId": "019a0000-0000-7000-8000-000000000001", "userId": "user_1", "agentId": "concierge_agent",
    "conversationId": null, "content": "Hello", "priority": "medium", "canDelay": true, "status": "queued",
    "statusReason": null, "scheduledFor": "2026-11-20T17:00:00.000000Z", "expiresAt": null,
    "createdAt": "2026-11-20T17:00:00.000000Z", "promotedAt": null, "supersedeKey": null,
    "supersededBy": null, "sequence": null, "sent": null,
    "history": [{"at": "2026-11-20T17:00:00.000000Z", "event": "queued"}]})"));
}

TEST_F(MessageRoutesTest, SentMessageHasAllFields) {
  MessageRecord record = waiting_record();
  record.status = "sent";
  record.conversation_id = "conv";
  record.expires_at = record.promoted_at = instant("2026-11-20T17:30:00Z");
  record.supersede_key = "key";
  record.superseded_by = MessageId("other");
  record.sequence_id = kId.value;
  record.sequence_position = 1;
  record.sequence_total = 2;
  record.sent = SentMessage{.id = MessageId("m"),
                            .status = "delivered",
                            .provider = "twilio",
                            .provider_message_id = "SM1",
                            .error_code = "",
                            .attempts = 2,
                            .sent_at = instant("2026-11-20T17:30:01Z"),
                            .delivered_at = std::nullopt};
  record.history = {
      {instant("2026-11-20T17:10:00Z"), "deferred", "cooldown", instant("2026-11-20T17:30:00Z")}};
  service.known_message = record;
  const json message = get(kId.value).json();
  EXPECT_EQ(message["conversationId"], "conv");
  EXPECT_EQ(message["promotedAt"], "2026-11-20T17:30:00.000000Z");
  EXPECT_EQ(message["expiresAt"], "2026-11-20T17:30:00.000000Z");
  EXPECT_EQ(message["supersedeKey"], "key");
  EXPECT_EQ(message["supersededBy"], "other");
  EXPECT_EQ(message["sequence"],
            json::parse(R"({"id":"019a0000-0000-7000-8000-000000000001","position":1,"total":2})"));
  EXPECT_EQ(message["sent"], json::parse(R"({
    "messageId": "m", "status": "delivered", "provider": "twilio", "providerMessageId": "SM1",
    "errorCode": null, "attempts": 2, "waitingFor": null, "nextAttemptAt": null, "sentAt": "2026-11-20T17:30:01.000000Z", "deliveredAt": null})"));
  EXPECT_EQ(message["history"], json::parse(R"([{"at": "2026-11-20T17:10:00.000000Z", "event": "deferred",
    "reason": "cooldown", "until": "2026-11-20T17:30:00.000000Z"}])"));
}

TEST_F(MessageRoutesTest, UnknownAndMalformedIdsAnswer404) {
  for (const std::string id : {"019a0000-0000-7000-8000-000000000002", "nonsense", "%zz", "%00", "%FF"}) {
    for (const std::string& path : {id, id + "/why"}) {
      SCOPED_TRACE(path);
      EXPECT_EQ(get(path).status, 404);
      EXPECT_EQ(get(path).error(), "unknown_message");
    }
    const Answer answer = exchange(service.port(), "DELETE", "/messages/" + id);
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.error(), "unknown_message");
  }
  EXPECT_EQ(get("a/b").error(), "not_found");
  EXPECT_EQ(get("").error(), "not_found");
  EXPECT_EQ(get("/why").error(), "not_found");
}

TEST_F(MessageRoutesTest, ExplainsAMessageThatCanBeSent) {
  service.known_message = waiting_record();
  service.known_snapshot = snapshot_with({queued(kId.value)});
  const json answer = why();
  EXPECT_EQ(answer["messageId"], kId.value);
  EXPECT_EQ(answer["status"], "queued");
  EXPECT_EQ(answer["decision"], "send");
  EXPECT_EQ(answer["reason"], nullptr);
  EXPECT_EQ(answer["nextEligibleAt"], "2026-11-20T18:00:00.000000Z");
  EXPECT_EQ(answer["ahead"], 0);
  EXPECT_EQ(answer["predicted"], json::parse(R"({"outcome":"sent","at":"2026-11-20T18:00:00.000000Z"})"));
  EXPECT_EQ(answer["rules"].size(), 10);
  EXPECT_EQ(answer["user"], json::parse(R"({"active":false,"blocked":null})"));
}

TEST_F(MessageRoutesTest, ExplainsAMessageBehindOthers) {
  service.known_message = waiting_record();
  service.known_snapshot =
      snapshot_with({queued("urgent", Priority::urgent), queued(kId.value), queued("x", Priority::high)});
  const json answer = why();
  EXPECT_EQ(answer["decision"], "defer");
  EXPECT_EQ(answer["reason"], "behind_higher_priority");
  EXPECT_EQ(answer["ahead"], 2);
  EXPECT_EQ(answer["nextEligibleAt"], "2026-11-20T18:01:00.000000Z");  // two cooldowns
  EXPECT_EQ(
      answer["explanation"],
      "It waits (behind_higher_priority): other messages are ahead of it. As things are, it will be sent at "
      "2026-11-20T18:01:00.000000Z.");
}

TEST_F(MessageRoutesTest, ExplainsALowMessageDeferredForOthers) {
  MessageRecord record = waiting_record();
  record.priority = Priority::low;
  service.known_message = record;
  service.known_snapshot = snapshot_with({queued(kId.value, Priority::low), queued("a"), queued("b")});
  service.known_snapshot->facts.daily_limit = 1;
  service.known_snapshot->facts.counted_date = std::chrono::local_days{std::chrono::year{2026} / 11 / 20};
  service.known_snapshot->facts.sent_on_date = 1;
  const json answer = why();
  EXPECT_EQ(answer["reason"], "low_priority_busy");
  EXPECT_EQ(answer["ahead"], 1);  // it ages before the other
}

TEST_F(MessageRoutesTest, ExplainsAMessageBlockedByTheUser) {
  service.known_message = waiting_record();
  service.known_snapshot = snapshot_with({queued(kId.value)});
  service.known_snapshot->facts.last_outbound_at = instant("2026-11-20T17:59:50Z");
  service.known_snapshot->facts.last_inbound_at = instant("2026-11-20T17:55:00Z");
  const json answer = why();
  EXPECT_EQ(answer["decision"], "defer");
  EXPECT_EQ(answer["reason"], "cooldown");
  EXPECT_EQ(answer["nextEligibleAt"], "2026-11-20T18:00:20.000000Z");
  EXPECT_EQ(
      answer["user"],
      json::parse(R"({"active":true,"blocked":{"by":"cooldown","until":"2026-11-20T18:00:20.000000Z"}})"));
  EXPECT_EQ(answer["explanation"],
            "It waits (cooldown): last message 10 s ago, at least 30 s must pass. As things are, it will be "
            "sent at "
            "2026-11-20T18:00:20.000000Z.");
}

TEST_F(MessageRoutesTest, ExplainsAMessageThatWillNeverBeSent) {
  service.known_message = waiting_record();
  service.known_snapshot = snapshot_with({queued(kId.value)});
  service.known_snapshot->facts.last_outbound_at = instant("2026-11-20T17:59:50Z");
  service.known_snapshot->waiting.messages[0].expires_at = instant("2026-11-20T18:00:10Z");
  json answer = why();
  EXPECT_EQ(answer["decision"], "defer");
  EXPECT_EQ(answer["nextEligibleAt"], nullptr);
  EXPECT_EQ(answer["predicted"], json::parse(R"({"outcome":"expired","at":"2026-11-20T18:00:10.000000Z"})"));

  service.known_snapshot->facts.opted_out = true;
  answer = why();
  EXPECT_EQ(answer["decision"], "cancel");
  EXPECT_EQ(answer["reason"], "opted_out");
  EXPECT_EQ(answer["predicted"]["outcome"], "cancelled");

  service.known_snapshot = snapshot_with({queued(kId.value)});
  service.known_snapshot->waiting.messages[0].has_content = false;
  answer = why();
  EXPECT_EQ(answer["decision"], "fail");
  EXPECT_EQ(answer["nextEligibleAt"], nullptr);
  EXPECT_EQ(answer["predicted"]["outcome"], "failed");
}

TEST_F(MessageRoutesTest, ExplainsAPartByItsSequence) {
  MessageRecord record = waiting_record();
  record.sequence_id = "by SQL";
  record.sequence_position = 2;
  record.sequence_total = 2;
  service.known_message = record;
  QueuedMessage head = queued("first part");
  head.sequence_id = "by SQL";
  head.sequence = {MessageId("first part"), kId};
  service.known_snapshot = snapshot_with({head, queued("urgent", Priority::urgent)});
  json answer = why();
  EXPECT_EQ(answer["messageId"], kId.value);
  EXPECT_EQ(answer["ahead"], 1);
  EXPECT_EQ(answer["nextEligibleAt"], "2026-11-20T18:00:30.000000Z");

  service.known_snapshot->waiting.messages[0].is_complete = false;
  answer = why();
  EXPECT_EQ(answer["reason"], "incomplete_sequence");
  EXPECT_EQ(answer["nextEligibleAt"], nullptr);
  EXPECT_EQ(answer["predicted"], nullptr);
}

TEST_F(MessageRoutesTest, MakesNoPredictionFromAnIncompleteSnapshot) {
  service.known_message = waiting_record();
  service.known_snapshot = snapshot_with({queued("other")});
  service.known_snapshot->waiting.is_truncated = true;
  const json answer = why();
  EXPECT_EQ(answer["predicted"], nullptr);
  EXPECT_EQ(answer["ahead"], nullptr);
  EXPECT_EQ(answer["nextEligibleAt"], nullptr);
  EXPECT_EQ(answer["rules"].size(), 10);
}

TEST_F(MessageRoutesTest, ExplainsTheOutcomeOfAMessage) {
  MessageRecord record = waiting_record();
  record.status = "cancelled";
  record.status_reason = "opted_out";
  service.known_message = record;
  EXPECT_EQ(why(), json::parse(R"({
    "messageId": "019a0000-0000-7000-8000-000000000001", "status": "cancelled", "statusReason": "opted_out",
    "rules": [], "explanation": "It is cancelled (opted_out) and will not be sent."})"));

  service.known_message->status = "superseded";
  service.known_message->superseded_by = MessageId("newer");
  EXPECT_EQ(why()["explanation"], "Message newer superseded it.");

  service.known_message->status = "sent";
  service.known_message->promoted_at = instant("2026-11-20T17:30:00Z");
  service.known_message->sent = SentMessage{};
  service.known_message->sent->status = "pending";
  EXPECT_EQ(why()["explanation"], "It was promoted at 2026-11-20T17:30:00.000000Z and is pending now.");
}

TEST_F(MessageRoutesTest, ExplainsTheDeliveryOfAPromotedMessage) {
  MessageRecord record = waiting_record();
  record.status = "sent";
  SentMessage sent;
  sent.error_code = "20429";
  sent.next_attempt_at = instant("2026-11-21T08:00:00Z");
  const auto explanation = [&](const std::string& status, const std::string& waiting_for) {
    sent.status = status;
    sent.waiting_for = waiting_for;
    record.sent = sent;
    service.known_message = record;
    return get(kId.value + "/why").json()["explanation"].get<std::string>();
  };
  EXPECT_EQ(explanation("pending", "quiet_hours"),
            "It was promoted and is pending now. It waits for the end of the user's quiet hours and will be "
            "sent at "
            "2026-11-21T08:00:00.000000Z.");
  EXPECT_EQ(explanation("pending", "retry"),
            "It was promoted and is pending now. The last attempt failed (20429); it will be sent again at "
            "2026-11-21T08:00:00.000000Z.");
  EXPECT_EQ(
      explanation("unknown", ""),
      "It was promoted and is unknown now. Whether the provider has sent it is unknown (20429); the provider "
      "will be asked at "
      "2026-11-21T08:00:00.000000Z.");
  EXPECT_EQ(explanation("failed", ""), "It was promoted and is failed now. It will not be sent (20429).");
  EXPECT_EQ(explanation("delivered", ""), "It was promoted and is delivered now.");
}

TEST_F(MessageRoutesTest, DeleteCancelsAWaitingMessage) {
  using Outcome = Cancellation::Outcome;
  const auto cancel = [&](Outcome outcome, const std::string& status) {
    service.cancellation = {outcome, status};
    return exchange(service.port(), "DELETE", "/messages/" + kId.value);
  };
  const Answer cancelled = cancel(Outcome::cancelled, "cancelled");
  EXPECT_EQ(cancelled.status, 200);
  EXPECT_EQ(cancelled.body,
            R"({"success":true,"messageId":"019a0000-0000-7000-8000-000000000001","status":"cancelled"})");
  EXPECT_EQ(service.cancelled(), std::vector<std::string>{kId.value + " cancelled_by_request"});

  const Answer sent = cancel(Outcome::not_waiting, "sent");
  EXPECT_EQ(sent.status, 409);
  EXPECT_EQ(sent.error(), "already_sent");
  const Answer expired = cancel(Outcome::not_waiting, "expired");
  EXPECT_EQ(expired.status, 409);
  EXPECT_EQ(expired.error(), "not_waiting");
  EXPECT_EQ(expired.json()["message"], "The message is expired; only a waiting message can be cancelled.");
}

}  // namespace
}  // namespace orchestrator::api
