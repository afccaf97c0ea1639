// POST /schedule-messages: many messages in one request, each with its own result.

#include <gtest/gtest.h>

#include "api/fake_service.hpp"
#include "support/sanitizers.hpp"

namespace orchestrator::api {
namespace {

using support::Answer;
using support::exchange;
using testing::FakeService;
using testing::schedule_body;

constexpr const char* kNdjson = "Content-Type: application/x-ndjson\r\n";

std::string list_of(const std::vector<std::string>& items) {
  std::string body = "[";
  for (const std::string& item : items) body.append(body.size() > 1 ? "," : "").append(item);
  return body + "]";
}

std::string lines_of(const std::vector<std::string>& items) {
  std::string body;
  for (const std::string& item : items) body.append(item).append("\n");
  return body;
}

std::string body_for(std::string_view user) {
  return std::string(R"({"userId":")")
      .append(user)
      .append(R"(","agentId":"a","messageData":{"content":"x"}})");
}

// The result of each item: "ok", or status and code.
std::vector<std::string> outcomes(const Answer& answer) {
  std::vector<std::string> outcomes;
  const auto body = answer.json();
  for (const auto& result : body["results"]) {
    outcomes.push_back(result["success"].get<bool>() ? "ok"
                                                     : std::to_string(result["status"].get<int>()) + " " +
                                                           result["error"].get<std::string>());
  }
  return outcomes;
}

TEST(ScheduleMessages, ResultsAreInTheOrderOfTheItems) {
  FakeService service;
  const Answer answer = service.post_bulk(list_of({body_for("u1"), "{}", body_for("u2")}));
  EXPECT_EQ(answer.status, 200);
  const std::string queued = R"({"success":true,"messageId":"019a0000-0000-7000-8000-000000000001",)"
                             R"("status":"queued","scheduledFor":"2026-11-20T18:00:00.000000Z",)"
                             R"("decision":{"outcome":"next_pass"}})";
  EXPECT_EQ(answer.body, R"({"success":true,"accepted":2,"rejected":1,"results":[)" + queued +
                             R"(,{"success":false,"status":400,"error":"missing_fields",)"
                             R"("message":"Missing: userId, agentId, messageData",)"
                             R"("required":["userId","agentId","messageData"]},)" +
                             queued + "]}");
  ASSERT_EQ(service.scheduled().size(), 2);
  EXPECT_EQ(service.scheduled()[0].user.value, "u1");
  EXPECT_EQ(service.scheduled()[1].user.value, "u2");
  EXPECT_EQ(exchange(service.port(), "GET", "/health").json()["stats"]["messagesQueued"], 2);
}

TEST(ScheduleMessages, AnInvalidItemDoesNotFailTheOthers) {
  const std::vector<std::string> items = {
      body_for("u1"),
      "{bad}",
      "7",
      "null",
      "[]",
      R"("}],[{")",
      R"({"userId":"u","userId":"u"})",
      R"({"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]})",
      schedule_body(R"("canDelay":1)"),
      schedule_body(R"("conversationId":"\"]},{[","idempotencyKey":"k")"),
      R"({"userId":"u","agentId":"a","messageData":{"content":")" + std::string(1'048'576, 'x') + R"("}})",
      "{\"userId\":\"\xFF\"}",
      body_for("u2"),
  };
  const std::vector<std::string> expected = {"ok",
                                             "400 invalid_json",
                                             "400 invalid_json",
                                             "400 invalid_json",
                                             "400 invalid_json",
                                             "400 invalid_json",
                                             "400 duplicate_key",
                                             "400 too_deep",
                                             "400 invalid_field",
                                             "ok",
                                             "413 too_large",
                                             "400 invalid_json",
                                             "ok"};
  for (const bool as_lines : {false, true}) {
    FakeService service;
    const Answer answer = service.post_bulk(as_lines ? lines_of(items) : list_of(items));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(outcomes(answer), expected);
    EXPECT_EQ(answer.json()["accepted"], 3);
    EXPECT_EQ(answer.json()["rejected"], 10);
    EXPECT_EQ(service.scheduled().at(1).idempotency_key, "k");
  }
}

TEST(ScheduleMessages, AcceptsNdjsonWithBlankLinesAndAnyLineEnds) {
  FakeService service;
  const std::string body = "\r\n\n" + body_for("u1") + "\r\n \t\n" + body_for("u2");
  EXPECT_EQ(service.post_bulk(body).json()["accepted"], 2);
  EXPECT_EQ(service.post_bulk(body, kNdjson).json()["accepted"], 2);
  EXPECT_EQ(outcomes(service.post_bulk("[1]\nnot JSON\n" + body_for("u3"),
                                       "content-type: Application/X-NDJSON; charset=utf-8\r\n")),
            (std::vector<std::string>{"400 invalid_json", "400 invalid_json", "ok"}));
  EXPECT_EQ(service.scheduled().size(), 5);
}

TEST(ScheduleMessages, AcceptsWhiteSpaceAnywhereInTheArray) {
  FakeService service;
  const std::string body = "\n [ " + body_for("u1") + " ,\n\t" + body_for("u2") + "\r\n]\n ";
  EXPECT_EQ(service.post_bulk(body, "Content-Type: application/json\r\n").json()["accepted"], 2);
}

TEST(ScheduleMessages, RefusesBodiesThatAreNotAListOfMessages) {
  struct Refused {
    const char* name;
    std::string body;
    std::string headers;
    int status;
    const char* error;
  };
  const std::vector<Refused> all_refused = {
      {"empty body", "", "", 400, "invalid_json"},
      {"empty NDJSON", " \n\r\n", kNdjson, 400, "no_items"},
      {"empty list", "[]", "", 400, "no_items"},
      {"empty list with blanks", " [ \n ] ", "", 400, "no_items"},
      {"text", R"("x")", "", 400, "invalid_json"},
      {"number", "7", "", 400, "invalid_json"},
      {"not closed", "[" + body_for("u"), "", 400, "invalid_json"},
      {"not closed inside", R"([{"userId":"u])", "", 400, "invalid_json"},
      {"bracket only", "[", "", 400, "invalid_json"},
      {"two lists", "[" + body_for("u") + "][" + body_for("u") + "]", "", 400, "invalid_json"},
      {"trailing comma", "[" + body_for("u") + ",]", "", 400, "invalid_json"},
      {"comma twice", "[" + body_for("u") + ",," + body_for("u") + "]", "", 400, "invalid_json"},
      {"comma only", "[,]", "", 400, "invalid_json"},
      {"key for all", list_of({body_for("u")}), "Idempotency-Key: k\r\n", 400, "idempotency_key_on_bulk"},
      {"10,001 in a list", list_of(std::vector<std::string>(10'001, "{}")), "", 413, "too_many_items"},
      {"10,001 lines", lines_of(std::vector<std::string>(10'001, "{}")), "", 413, "too_many_items"},
      {"over 16 MiB", std::string(16 * 1024 * 1024 + 1, ' '), "", 413, "too_large"},
  };
  FakeService service;
  for (const auto& [name, body, headers, status, error] : all_refused) {
    SCOPED_TRACE(name);
    const Answer answer = service.post_bulk(body, headers);
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.error(), error) << answer.body;
  }
  EXPECT_TRUE(service.scheduled().empty());
}

TEST(ScheduleMessages, RefusalsOfStorageConcernOneItem) {
  FakeService service;
  service.schedule_one = [](const ScheduleRequest& request) -> ingest::ScheduleResult {
    if (request.user.value == "full") {
      return Rejection{.status = 429, .code = "queue_full", .message = "Too many messages wait."};
    }
    if (request.user.value == "unavailable") return unavailable();
    return Scheduled{Scheduled::Kind::duplicate, MessageId("first"), request.scheduled_for};
  };
  const Answer answer =
      service.post_bulk(list_of({body_for("full"), body_for("unavailable"), body_for("u")}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(outcomes(answer), (std::vector<std::string>{"429 queue_full", "503 unavailable", "ok"}));
  EXPECT_EQ(answer.json()["results"][2]["duplicateOf"], "first");
  EXPECT_EQ(exchange(service.port(), "GET", "/health").json()["stats"]["messagesQueued"], 0);
}

TEST(ScheduleMessages, Answers503WhenTheDatabaseFailedForAllItems) {
  FakeService service;
  service.reject_with = unavailable();
  const Answer answer = service.post_bulk(list_of({body_for("u1"), body_for("u2")}));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.error(), "unavailable");
  EXPECT_EQ(answer.headers.at("retry-after"), "1");
  EXPECT_EQ(service.post_bulk(list_of({body_for("u1"), "{}"})).status, 200);
}

// Nothing is submitted before the body is complete, because its end may be malformed.
TEST(ScheduleMessages, AcceptsASlowBody) {
  FakeService service;
  const std::string request =
      support::request_text("POST", "/schedule-messages", list_of({body_for("u1"), "{}", body_for("u2")}));
  support::RawClient client(service.port());
  constexpr std::size_t kPieceBytes = 20;
  for (std::size_t i = 0; i < request.size(); i += kPieceBytes) {
    client.send(request.substr(i, kPieceBytes));
    EXPECT_EQ(exchange(service.port(), "GET", "/health").status, 200);  // the server reads in between
    EXPECT_TRUE(i + kPieceBytes >= request.size() || service.scheduled().empty());
  }
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(outcomes(*answer), (std::vector<std::string>{"ok", "400 missing_fields", "ok"}));
}

// A refused body is read to its end, so that the client gets the answer and can use the connection again.
TEST(ScheduleMessages, KeepsTheConnectionAfterARefusedBody) {
  FakeService service;
  support::RawClient client(service.port());
  for (const std::string& body :
       {"]" + std::string(4'000'000, ' '), list_of({body_for("u1"), "{}"}) + std::string(4'000'000, 'x')}) {
    client.send(support::request_text("POST", "/schedule-messages", body));
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 400);
    EXPECT_EQ(answer->error(), "invalid_json");
  }
  EXPECT_TRUE(service.scheduled().empty());
  client.send(support::request_text("POST", "/schedule-messages", list_of({body_for("u1")})));
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->json()["accepted"], 1);
}

TEST(ScheduleMessages, TenThousandItemsTakeSeconds) {
  FakeService service;
  std::vector<std::string> items;
  for (int i = 0; i < 10'000; ++i) items.push_back(body_for("user_" + std::to_string(i)));
  const std::string body = list_of(items);
  const auto began = std::chrono::steady_clock::now();
  const Answer answer = service.post_bulk(body);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  EXPECT_EQ(answer.json()["accepted"], 10'000);
  EXPECT_EQ(service.scheduled().back().user.value, "user_9999");
  EXPECT_LT(took.count(), 5.0 * support::kSlowness);
  RecordProperty("seconds", std::to_string(took.count()));
}

}  // namespace
}  // namespace orchestrator::api
