// POST /schedule-message: which requests are accepted and how they are parsed, and which are refused.

#include <gtest/gtest.h>

#include <stdexcept>

#include "api/fake_service.hpp"
#include "storage/errors.hpp"
#include "text/identifier.hpp"

namespace orchestrator::api {
namespace {

using namespace std::string_literals;
using support::Answer;
using testing::FakeService;
using testing::schedule_body;

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string body_with_content(const std::string& content) {
  return R"({"userId":"u","agentId":"a","messageData":{"content":")" + content + R"("}})";
}

Instant instant(std::string_view text) { return *parse_instant(text); }

TEST(ScheduleMessage, QueuesTheExampleOfTheReadme) {
  FakeService service;
  const Answer answer = service.post(R"({
    "userId": "user_123", "agentId": "concierge_agent_456",
    "messageData": {"content": "Your intro request has been matched!"},
    "priority": "high", "canDelay": true, "requiresFreshContext": false, "conversationId": "conv_789"})",
                                     "Content-Type: application/json\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            R"({"success":true,"messageId":"019a0000-0000-7000-8000-000000000001","status":"queued",)"
            R"("scheduledFor":"2026-11-20T18:00:00.000000Z","decision":{"outcome":"next_pass"}})");

  ASSERT_EQ(service.scheduled().size(), 1);
  const ScheduleRequest request = service.scheduled().front();
  EXPECT_EQ(request.user.value, "user_123");
  EXPECT_EQ(request.agent.value, "concierge_agent_456");
  EXPECT_EQ(request.parts.at(0), R"({"content":"Your intro request has been matched!"})");
  EXPECT_EQ(request.priority, Priority::high);
  EXPECT_TRUE(request.can_delay);
  EXPECT_FALSE(request.requires_fresh_context);
  EXPECT_EQ(request.conversation_id, "conv_789");
}

TEST(ScheduleMessage, AbsentAndNullFieldsTakeTheirDefaults) {
  FakeService service;
  const std::string nulls =
      R"("priority":null,"canDelay":null,"requiresFreshContext":null,"conversationId":null,"scheduledFor":null,)"
      R"("expiresAt":null,"idempotencyKey":null,"supersedeKey":null,"allowDuplicate":null)";
  for (const std::string& body : {schedule_body(), schedule_body(nulls)})
    EXPECT_EQ(service.post(body).status, 200);
  for (const ScheduleRequest& request : service.scheduled()) {
    EXPECT_EQ(request.priority, Priority::medium);
    EXPECT_TRUE(request.can_delay);
    EXPECT_FALSE(request.requires_fresh_context);
    EXPECT_EQ(request.conversation_id, std::nullopt);
    EXPECT_EQ(request.scheduled_for, instant("2026-11-20T18:00:00Z"));
    EXPECT_EQ(request.expires_at, std::nullopt);
    EXPECT_EQ(request.idempotency_key, std::nullopt);
    EXPECT_EQ(request.supersede_key, std::nullopt);
  }
}

TEST(ScheduleMessage, AllFieldsArrive) {
  FakeService service;
  const Answer answer = service.post(schedule_body(
      R"("priority":"low","canDelay":false,"requiresFreshContext":true,"scheduledFor":"2026-11-21T09:30:00-05:00",)"
      R"("expiresAt":"2026-11-22T00:00:00Z","idempotencyKey":"k1","supersedeKey":"s1","allowDuplicate":true)"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const ScheduleRequest request = service.scheduled().at(0);
  EXPECT_EQ(request.priority, Priority::low);
  EXPECT_FALSE(request.can_delay);
  EXPECT_TRUE(request.requires_fresh_context);
  EXPECT_EQ(request.scheduled_for, instant("2026-11-21T14:30:00Z"));
  EXPECT_EQ(request.expires_at, instant("2026-11-22T00:00:00Z"));
  EXPECT_EQ(request.idempotency_key, "k1");
  EXPECT_EQ(request.supersede_key, "s1");
  EXPECT_TRUE(request.allow_duplicate);
}

TEST(ScheduleMessage, BackdatingGainsNoPlaceInTheQueue) {
  FakeService service;
  EXPECT_EQ(service.post(schedule_body(R"("scheduledFor":"2020-01-01T00:00:00Z")")).status, 200);
  EXPECT_EQ(service.scheduled().at(0).scheduled_for, instant("2026-11-20T18:00:00Z"));
}

TEST(ScheduleMessage, AcceptsTheIdempotencyKeyAsAHeader) {
  FakeService service;
  EXPECT_EQ(service.post(schedule_body(), "Idempotency-Key: order%2042\r\n").status, 200);
  EXPECT_EQ(service.post(schedule_body(R"("idempotencyKey":"k")"), "idempotency-key: k\r\n").status, 200);
  EXPECT_EQ(service.scheduled().at(0).idempotency_key, "order%2042");
  EXPECT_EQ(service.scheduled().at(1).idempotency_key, "k");
}

TEST(ScheduleMessage, KeepsTextOfAllLanguages) {
  FakeService service;
  const std::string content = repeated("\xF0\x9F\x91\x8B", 1'600);  // code points count, not bytes
  EXPECT_EQ(service.post(body_with_content(content)).status, 200);
  EXPECT_EQ(service.scheduled().at(0).parts.at(0), R"({"content":")" + content + R"("})");
  EXPECT_EQ(service.post(body_with_content(R"(\u00e9\n\ud83d\udc4b)")).status, 200);
  EXPECT_EQ(service.scheduled().at(1).parts.at(0), "{\"content\":\"\xC3\xA9\\n\xF0\x9F\x91\x8B\"}");
}

struct BadBody {
  const char* name;
  std::string body;
  int status;
  const char* error;
};

std::vector<BadBody> malformed_bodies() {
  const std::string begin = R"({"userId":"u","agentId":"a","messageData":{"content":"x","n":)";
  return {
      {"empty", "", 400, "invalid_json"},
      {"not JSON", "userId=u", 400, "invalid_json"},
      {"list", "[]", 400, "invalid_json"},
      {"text", R"("x")", 400, "invalid_json"},
      {"null", "null", 400, "invalid_json"},
      {"cut off", R"({"userId":"u")", 400, "invalid_json"},
      {"two values", schedule_body() + "{}", 400, "invalid_json"},
      {"trailing comma", R"({"userId":"u",})", 400, "invalid_json"},
      {"comment", "/**/" + schedule_body(), 400, "invalid_json"},
      {"single quotes", "{'userId':'u'}", 400, "invalid_json"},
      {"bad UTF-8", body_with_content("\xC3\x28"), 400, "invalid_json"},
      {"overlong UTF-8", body_with_content("\xC0\x80"), 400, "invalid_json"},
      {"surrogate in UTF-8", body_with_content("\xED\xA0\x80"), 400, "invalid_json"},
      {"lone surrogate", body_with_content(R"(\ud800)"), 400, "invalid_json"},
      {"raw NUL", body_with_content("a\0b"s), 400, "invalid_json"},
      {"escaped NUL", body_with_content(R"(a\u0000b)"), 400, "invalid_text"},
      {"escaped NUL in key", begin + R"({"a\u0000":1}}})", 400, "invalid_text"},
      {"100,000 lists deep", begin + repeated("[", 100'000) + repeated("]", 100'000) + "}}", 400, "too_deep"},
      {"100,000 objects deep", begin + repeated(R"({"a":)", 100'000) + "1" + repeated("}", 100'000) + "}}",
       400, "too_deep"},
      {"33 deep", begin + repeated("[", 31) + repeated("]", 31) + "}}", 400, "too_deep"},
      {"900,000 digits", begin + repeated("9", 900'000) + "}}", 400, "number_out_of_range"},
      {"65 bits", begin + "18446744073709551616}}", 400, "number_out_of_range"},
      {"1e400", begin + "1e400}}", 400, "number_out_of_range"},
      {"NaN", begin + "NaN}}", 400, "invalid_json"},
      {"Infinity", begin + "-Infinity}}", 400, "invalid_json"},
      {"key twice", schedule_body(R"("userId":"other")"), 400, "duplicate_key"},
      {"key twice inside", begin + R"({"a":1,"a":2}}})", 400, "duplicate_key"},
  };
}

std::vector<BadBody> unacceptable_fields() {
  const std::string two_hundred_and_one(201, 'x');
  return {
      {"no agent", R"({"userId":"u","messageData":{"content":"x"}})", 400, "missing_fields"},
      {"null user", R"({"userId":null,"agentId":"a","messageData":{"content":"x"}})", 400, "missing_fields"},
      {"misspelt", schedule_body(R"("scheduledfor":"2026-11-21T00:00:00Z")"), 400, "unknown_field"},
      {"number for text", R"({"userId":1,"agentId":"a","messageData":{"content":"x"}})", 400,
       "invalid_field"},
      {"empty user", R"({"userId":"","agentId":"a","messageData":{"content":"x"}})", 400, "invalid_field"},
      {"blank user", R"({"userId":" \u00a0","agentId":"a","messageData":{"content":"x"}})", 400,
       "invalid_field"},
      {"long user",
       R"({"userId":")" + two_hundred_and_one + R"(","agentId":"a","messageData":{"content":"x"}})", 400,
       "invalid_field"},
      {"newline in user", R"({"userId":"u\n","agentId":"a","messageData":{"content":"x"}})", 400,
       "invalid_field"},
      {"text for flag", schedule_body(R"("canDelay":"true")"), 400, "invalid_field"},
      {"number for flag", schedule_body(R"("requiresFreshContext":1)"), 400, "invalid_field"},
      {"number for key", schedule_body(R"("idempotencyKey":7)"), 400, "invalid_field"},
      {"empty key", schedule_body(R"("supersedeKey":"")"), 400, "invalid_field"},
      {"long conversation", schedule_body(R"("conversationId":")" + two_hundred_and_one + "\""), 400,
       "invalid_field"},
      {"allowDuplicate", schedule_body(R"("allowDuplicate":"yes")"), 400, "invalid_field"},
      {"lane", schedule_body(R"("priority":"URGENT")"), 400, "invalid_priority"},
      {"lane number", schedule_body(R"("priority":1)"), 400, "invalid_field"},
      {"no offset", schedule_body(R"("scheduledFor":"2026-11-21T00:00:00")"), 400, "invalid_field"},
      {"no such day", schedule_body(R"("scheduledFor":"2027-02-30T00:00:00Z")"), 400, "invalid_field"},
      {"Unix time", schedule_body(R"("scheduledFor":1795197600)"), 400, "invalid_field"},
      {"in 367 days", schedule_body(R"("scheduledFor":"2027-11-22T18:00:01Z")"), 422, "too_far_ahead"},
      {"expires now", schedule_body(R"("expiresAt":"2026-11-20T18:00:00Z")"), 422, "already_expired"},
      {"expires when due",
       schedule_body(R"("scheduledFor":"2026-11-21T00:00:00Z","expiresAt":"2026-11-21T00:00:00Z")"), 422,
       "already_expired"},
      {"data a text", R"({"userId":"u","agentId":"a","messageData":"x"})", 400, "invalid_field"},
      {"no content", R"({"userId":"u","agentId":"a","messageData":{}})", 422, "no_content"},
      {"null content", R"({"userId":"u","agentId":"a","messageData":{"content":null}})", 422, "no_content"},
      {"blank content", body_with_content(R"( \n\u200b)"), 422, "no_content"},
      {"content a number", R"({"userId":"u","agentId":"a","messageData":{"content":5}})", 400,
       "invalid_field"},
      {"content too long", body_with_content(std::string(1'601, 'x')), 422, "content_too_long"},
  };
}

std::string body_with_data(const std::string& message_data) {
  return R"({"userId":"u","agentId":"a","messageData":)" + message_data + "}";
}

std::vector<BadBody> bad_sequences() {
  const std::string part = R"({"content":"x"})";
  std::string twenty = part;
  for (int i = 1; i < 20; ++i) twenty += "," + part;
  const std::string beside = R"({"note":")" + std::string(60'000, 'n') + R"(","sequence":[)" + twenty + "]}";
  return {
      {"both", body_with_data(R"({"content":"x","sequence":[{"content":"x"}]})"), 400, "invalid_field"},
      {"not a list", body_with_data(R"({"sequence":{"content":"x"}})"), 400, "invalid_field"},
      {"no parts", body_with_data(R"({"sequence":[]})"), 422, "invalid_sequence"},
      {"21 parts", body_with_data(R"({"sequence":[)" + twenty + "," + part + "]}"), 422, "invalid_sequence"},
      {"a text", body_with_data(R"({"sequence":[{"content":"x"},"x"]})"), 400, "invalid_field"},
      {"empty part", body_with_data(R"({"sequence":[{"content":"x"},{}]})"), 422, "no_content"},
      {"blank part", body_with_data(R"({"sequence":[{"content":" "}]})"), 422, "no_content"},
      {"long part", body_with_data(R"({"sequence":[{"content":")" + std::string(1'601, 'x') + "\"}]}"), 422,
       "content_too_long"},
      {"nested", body_with_data(R"({"sequence":[{"content":"x","sequence":[]}]})"), 400, "invalid_field"},
      {"too much beside it", body_with_data(beside), 413, "too_large"},
  };
}

TEST(ScheduleMessage, SequencePartsKeepTheirOrderAndFields) {
  FakeService service;
  const Answer answer = service.post(body_with_data(
      R"({"topic":"t","mood":"m","sequence":[{"content":"1","mood":"own"},{"content":"2"}]})"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(service.scheduled().at(0).parts,
            (std::vector<std::string>{R"({"content":"1","mood":"own","topic":"t"})",
                                      R"({"content":"2","mood":"m","topic":"t"})"}));
  EXPECT_EQ(service.post(body_with_data(R"({"sequence":[{"content":"alone"}]})")).status, 200);
  EXPECT_EQ(service.scheduled().at(1).parts, std::vector<std::string>{R"({"content":"alone"})"});
}

TEST(ScheduleMessage, HashesIgnoreTheFormatOfTheJson) {
  const std::string original = schedule_body(R"("priority":"low","idempotencyKey":"k")");
  const std::string otherwise =
      " {\n\"idempotencyKey\" : \"other\",\"scheduledFor\":null, "
      "\"messageData\":{\"content\":\"He\\u006clo\"},"
      "\"agentId\":\"concierge_agent_456\",\"priority\":\"low\",\"userId\":\"user_123\"} ";
  FakeService service;
  for (const std::string& body :
       {original, otherwise, schedule_body(R"("priority":"low")"), schedule_body(R"("priority":"high")"),
        schedule_body(R"("priority":"low","scheduledFor":"2020-01-01T00:00:00Z")"),
        body_with_content("Hello!")}) {
    ASSERT_EQ(service.post(body).status, 200) << body;
  }
  const auto requests = service.scheduled();
  EXPECT_EQ(
      requests[0].request_hash,
      "feea5bc2c402322a77b78d174a5312f3c7a493eae15e0469242c7c4facaf4ea4");  // of the dump with sorted keys
  EXPECT_EQ(requests[0].content_hash,
            "4463b468c94d399dd6e540df3c055c88c7c4bf423189d5e63d9c6b7c1075138e");  // of {"content":"Hello"}
  for (const std::size_t same : {1U, 2U}) EXPECT_EQ(requests[same].request_hash, requests[0].request_hash);
  for (const std::size_t other : {3U, 4U, 5U})
    EXPECT_NE(requests[other].request_hash, requests[0].request_hash);
  for (const std::size_t same : {1U, 2U, 3U, 4U})
    EXPECT_EQ(requests[same].content_hash, requests[0].content_hash);
  EXPECT_NE(requests[5].content_hash, requests[0].content_hash);
  EXPECT_EQ(requests[0].idempotency_key, "k");
}

TEST(ScheduleMessage, ARepeatedRequestReturnsTheFirstMessage) {
  FakeService service;
  const MessageId first("019a0000-0000-7000-8000-00000000000f");
  const auto answer_for = [&](Scheduled::Kind kind) {
    service.schedule_one = [=](const ScheduleRequest& request) -> ingest::ScheduleResult {
      return Scheduled{kind, first, request.scheduled_for, {ScheduleDecision::Outcome::promoted}};
    };
    return service.post(schedule_body()).body;
  };
  const std::string begin = R"({"success":true,"messageId":"019a0000-0000-7000-8000-00000000000f",)"
                            R"("status":"queued","scheduledFor":"2026-11-20T18:00:00.000000Z",)";
  const std::string end = R"(,"decision":{"outcome":"promoted"}})";
  EXPECT_EQ(answer_for(Scheduled::Kind::replayed), begin + R"("replayed":true)" + end);
  EXPECT_EQ(answer_for(Scheduled::Kind::duplicate),
            begin + R"("duplicateOf":"019a0000-0000-7000-8000-00000000000f")" + end);
}

TEST(ScheduleMessage, TellsWhatBecomesOfTheMessage) {
  FakeService service;
  const auto answer_with = [&](const ScheduleDecision& decision) {
    service.schedule_one = [=](const ScheduleRequest& request) -> ingest::ScheduleResult {
      return Scheduled{Scheduled::Kind::queued, MessageId("m"), request.scheduled_for, decision};
    };
    return service.post(schedule_body()).json()["decision"].dump();
  };
  using Outcome = ScheduleDecision::Outcome;
  EXPECT_EQ(answer_with({Outcome::deferred, Reason::quiet_hours, parse_instant("2026-11-21T08:00:00Z")}),
            R"({"eligibleAt":"2026-11-21T08:00:00.000000Z","outcome":"deferred","reason":"quiet_hours"})");
  EXPECT_EQ(answer_with({Outcome::deferred, Reason::cooldown}),
            R"({"outcome":"deferred","reason":"cooldown"})");
  EXPECT_EQ(answer_with({Outcome::cancelled, Reason::opted_out}),
            R"({"outcome":"cancelled","reason":"opted_out"})");
  EXPECT_EQ(answer_with({Outcome::expired, Reason::expired}), R"({"outcome":"expired","reason":"expired"})");
  EXPECT_EQ(answer_with({Outcome::next_pass}), R"({"outcome":"next_pass"})");
}

TEST(ScheduleMessage, RefusesBadBodiesAndStoresNothing) {
  FakeService service;
  auto bodies = malformed_bodies();
  for (const auto& bad : unacceptable_fields()) bodies.push_back(bad);
  for (const auto& bad : bad_sequences()) bodies.push_back(bad);
  for (const auto& [name, body, status, error] : bodies) {
    SCOPED_TRACE(name);
    const Answer answer = service.post(body);
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.error(), error) << answer.body;
    EXPECT_FALSE(answer.json()["message"].get<std::string>().empty());
    EXPECT_LT(answer.body.size(), 400);
    EXPECT_FALSE(answer.headers.contains("connection"));  // the connection stays open
  }
  EXPECT_TRUE(service.scheduled().empty());
}

TEST(ScheduleMessage, ListsAllMissingFields) {
  FakeService service;
  EXPECT_EQ(service.post("{}").body,
            R"({"error":"missing_fields","message":"Missing: userId, agentId, messageData",)"
            R"("required":["userId","agentId","messageData"]})");
}

TEST(ScheduleMessage, SuggestsTheNameOfAMisspeltField) {
  FakeService service;
  const auto message = [&](const std::string& fields) {
    return service.post(schedule_body(fields)).json()["message"].get<std::string>();
  };
  EXPECT_EQ(message(R"("scheduledfor":null)"),
            "The field \"scheduledfor\" is unknown; leave it out. Did you mean \"scheduledFor\"?");
  EXPECT_EQ(message(R"("recipe":1)"), "The field \"recipe\" is unknown; leave it out.");
  EXPECT_EQ(message("\"" + repeated("\xF0\x9F\x91\x8B", 500) + "\":1"),
            "The field \"" + repeated("\xF0\x9F\x91\x8B", 40) + "…\" is unknown; leave it out.");
}

TEST(ScheduleMessage, RefusesUnusableIdempotencyHeaders) {
  FakeService service;
  const auto error = [&](std::string_view fields, std::string_view headers) {
    return service.post(schedule_body(fields), headers).error();
  };
  EXPECT_EQ(error(R"("idempotencyKey":"a")", "Idempotency-Key: b\r\n"), "conflicting_idempotency_keys");
  EXPECT_EQ(error("", "Idempotency-Key: a\r\nIdempotency-Key: b\r\n"), "conflicting_idempotency_keys");
  EXPECT_EQ(error("", "Idempotency-Key:\r\n"), "invalid_field");
  EXPECT_EQ(error("", "Idempotency-Key: \xFF\r\n"), "invalid_field");
  EXPECT_EQ(error("", "Idempotency-Key: " + std::string(201, 'k') + "\r\n"), "invalid_field");
  EXPECT_TRUE(service.scheduled().empty());
}

TEST(ScheduleMessage, PassesOnRefusalsOfStorage) {
  FakeService service;
  service.reject_with = Rejection{.status = 422, .code = "unknown_user", .message = "Create the user first."};
  const Answer answer = service.post(schedule_body());
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.body, R"({"error":"unknown_user","message":"Create the user first."})");
}

TEST(ScheduleMessage, FullQueueHasRetryAfter) {
  FakeService service;
  service.reject_with = Rejection{.status = 429, .code = "queue_full", .message = "Too many messages wait."};
  const Answer answer = service.post(schedule_body());
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.at("retry-after"), "60");
  service.reject_with =
      Rejection{.status = 409, .code = "idempotency_key_reused", .message = "Another body."};
  EXPECT_EQ(service.post(schedule_body()).error(), "idempotency_key_reused");
}

TEST(ScheduleMessage, InternalFailuresRevealNoDetails) {
  struct Failure {
    std::function<void()> fail;
    int status;
    const char* error;
  };
  const std::string secret = "SELECT secret\r\nX-Injected: yes";
  const std::vector<Failure> failures = {
      {[&] { throw storage::Unavailable(secret); }, 503, "unavailable"},
      {[&] { throw storage::Locked(secret); }, 503, "held"},
      {[&] { throw storage::OutcomeUnknown(secret); }, 503, "outcome_unknown"},
      {[&] { throw storage::BadData("22003", secret); }, 422, "unstorable"},
      {[&] { throw storage::StatementFailed(secret); }, 500, "internal_error"},
      {[] { throw 42; }, 500, "internal_error"},
  };
  for (const auto& [fail, status, error] : failures) {
    FakeService service;
    service.before_schedule = fail;
    const Answer answer = service.post(schedule_body());
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.error(), error);
    EXPECT_EQ(answer.body.find("SELECT"), std::string::npos);
    EXPECT_EQ(answer.headers.contains("retry-after"), status == 503);
    EXPECT_FALSE(answer.headers.contains("x-injected"));
    EXPECT_FALSE(answer.headers.contains("exception_what"));
  }
}

}  // namespace
}  // namespace orchestrator::api
