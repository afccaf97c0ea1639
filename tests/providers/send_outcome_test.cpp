// What providers' answers mean: whether a message has gone, may go again, never will, or is in doubt.
#include "providers/twilio/send_outcome.hpp"

#include <gtest/gtest.h>

#include "providers/whatsapp/sender.hpp"

namespace orchestrator::providers {
namespace {

using namespace std::chrono_literals;
using net::HttpAnswer;
using net::HttpFailure;
using net::HttpResult;

// "retryable 20429 after 7 s"
std::string in_words(const SendOutcome& outcome) {
  using Kind = SendOutcome::Kind;
  const std::string after =
      outcome.retry_after ? " after " + std::to_string(outcome.retry_after->count()) : "";
  const std::string code = outcome.error_code.empty() ? "" : " " + outcome.error_code;
  switch (outcome.kind) {
    case Kind::accepted:
      return "accepted " + outcome.provider_message_id;
    case Kind::retryable:
      return "retryable" + code + after;
    case Kind::permanent:
      return "permanent" + code;
    case Kind::unknown:
      return "unknown" + code;
  }
  std::abort();
}

HttpAnswer answer(int status, const std::string& body, const std::string& retry_after = "") {
  HttpAnswer made{.status = status, .body = body};
  if (!retry_after.empty()) made.headers["retry-after"] = retry_after;
  return made;
}

std::string with_code(int code) { return R"({"status": 400, "code": )" + std::to_string(code) + "}"; }

struct Row {
  HttpResult result;
  std::string outcome;
};

const std::vector<Row> kFailures = {
    {HttpFailure{HttpFailure::Kind::not_sent, "no host"}, "retryable not_sent"},
    {HttpFailure{HttpFailure::Kind::no_answer, "time-out"}, "unknown no_answer"},
    {HttpFailure{HttpFailure::Kind::bad_answer, "too large"}, "unknown bad_answer"},
};

TEST(TwilioAnswers, FallIntoTheirClasses) {
  std::vector<Row> table = kFailures;
  const std::vector<Row> answers = {
      {answer(201, R"({"sid": "SM1", "status": "queued"})"), "accepted SM1"},
      {answer(200, R"({"sid": "SM1", "status": "accepted"})"), "accepted SM1"},
      {answer(201, R"({"sid": "SM1", "status": "failed", "error_code": 30006})"), "permanent 30006"},
      {answer(201, R"({"sid": "SM1", "status": "undelivered", "error_code": null})"),
       "permanent undelivered"},
      {answer(201, ""), "unknown bad_answer"},
      {answer(201, "<html>"), "unknown bad_answer"},
      {answer(201, R"({"sid": null})"), "unknown bad_answer"},
      {answer(201, "{\"sid\": \"a\\u0000b\"}"), "unknown bad_answer"},
      // never processed
      {answer(429, with_code(20429), "7"), "retryable 20429 after 7"},
      {answer(429, ""), "retryable http_429"},
      {answer(400, with_code(20429)), "retryable 20429"},
      {answer(503, with_code(20503)), "retryable 20503"},
      {answer(503, "", "2"), "retryable http_503 after 2"},
      // slow down
      {answer(400, with_code(21611)), "retryable 21611 after 30"},
      {answer(400, with_code(30001)), "retryable 30001 after 30"},
      {answer(401, with_code(20003)), "retryable 20003 after 30"},
      {answer(401, ""), "retryable http_401 after 30"},
      // for good
      {answer(400, with_code(21610)), "permanent 21610"},
      {answer(400, with_code(21211)), "permanent 21211"},
      {answer(400, with_code(21614)), "permanent 21614"},
      {answer(400, with_code(21608)), "permanent 21608"},
      {answer(400, with_code(21606)), "permanent 21606"},
      {answer(400, with_code(30006)), "permanent 30006"},
      {answer(404, R"({"code": 20404})"), "permanent 20404"},
      {answer(400, "not JSON"), "permanent http_400"},
      {answer(307, ""), "permanent http_307"},
      // who knows
      {answer(500, R"({"code": 20500})"), "unknown 20500"},
      {answer(503, R"({"code": 20500})"), "unknown 20500"},
      {answer(500, ""), "unknown http_500"},
      {answer(502, "<html>"), "unknown http_502"},
      {answer(504, ""), "unknown http_504"},
      {answer(408, ""), "unknown http_408"},
  };
  table.insert(table.end(), answers.begin(), answers.end());
  for (const Row& row : table) {
    const auto* given = std::get_if<HttpAnswer>(&row.result);
    EXPECT_EQ(in_words(twilio::twilio_outcome(row.result)), row.outcome)
        << (given ? std::to_string(given->status) + " " + given->body : "");
  }
}

TEST(TwilioAnswers, SpellStatusesAsTheDocumentationDoes) {
  using Status = DeliveryReport::Status;
  const std::vector<std::pair<std::string, std::optional<Status>>> table = {
      {"accepted", Status::sent},  {"scheduled", Status::sent},
      {"queued", Status::sent},    {"sending", Status::sent},
      {"sent", Status::sent},      {"delivered", Status::delivered},
      {"read", Status::delivered}, {"undelivered", Status::undelivered},
      {"failed", Status::failed},  {"canceled", Status::failed},
      {"received", std::nullopt},  {"", std::nullopt}};
  for (const auto& [text, status] : table) EXPECT_EQ(twilio::twilio_status(text), status) << text;
}

std::string listed(const std::string& fields) {
  return R"({"messages": [{"sid": "SM1", "direction": "outbound-api", "status": "delivered", )" + fields +
         R"(}], "next_page_uri": null})";
}

TEST(TwilioAnswers, ALookUpFindsWhatMayBeTheMessage) {
  const OutgoingMessage message{
      .id = MessageId{"m"}, .text = "Hello", .claimed_at = parse_instant("2026-11-20T12:00:30Z").value()};
  struct Case {
    std::string body;
    bool has_answered;
    std::size_t found;
  };
  const std::vector<Case> table = {
      {listed(R"("body": "Hello", "date_created": "Fri, 20 Nov 2026 12:00:31 +0000")"), true, 1},
      {listed(R"("body": "Hello", "date_created": null)"), true, 1},
      {listed(R"("body": "Hello", "date_created": "Fri, 20 Nov 2026 11:59:00 +0000")"), true, 0},
      {listed(R"("body": "Hello!", "date_created": "Fri, 20 Nov 2026 12:00:31 +0000")"), true, 0},
      {R"({"messages": [{"sid": "SM1", "direction": "inbound", "body": "Hello"}]})", true, 0},
      {R"({"messages": []})", true, 0},
      {R"({"messages": [], "next_page_uri": "/more"})", false, 0},
      {R"({})", false, 0},
      {"garbage", false, 0},
  };
  for (const Case& row : table) {
    const LookUpResult look_up = twilio::twilio_look_up(answer(200, row.body), message);
    EXPECT_EQ(look_up.has_answered, row.has_answered) << row.body;
    ASSERT_EQ(look_up.found.size(), row.found) << row.body;
    if (row.found == 1) {
      EXPECT_EQ(look_up.found[0].status, DeliveryReport::Status::delivered);
      EXPECT_EQ(look_up.found[0].message, MessageId{"m"});
    }
  }
  EXPECT_FALSE(twilio::twilio_look_up(answer(503, table[0].body), message).has_answered);
  EXPECT_FALSE(twilio::twilio_look_up(kFailures[1].result, message).has_answered);
}

TEST(WhatsAppAnswers, FallIntoTheirClasses) {
  const auto error = [](int code) { return R"({"error": {"code": )" + std::to_string(code) + "}}"; };
  std::vector<Row> table = kFailures;
  const std::vector<Row> answers = {
      {answer(200, R"({"messages": [{"id": "wamid.1"}]})"), "accepted wamid.1"},
      {answer(200, R"({"messages": []})"), "unknown bad_answer"},
      {answer(200, R"(["messages"])"), "unknown bad_answer"},
      {answer(429, "", "3"), "retryable http_429 after 3"},
      {answer(400, error(130429)), "retryable 130429"},
      {answer(400, error(131056)), "retryable 131056"},
      {answer(400, error(80007)), "retryable 80007"},
      {answer(400, error(4)), "retryable 4"},
      {answer(503, ""), "retryable http_503"},
      {answer(400, error(131048)), "retryable 131048 after 30"},
      {answer(401, error(190)), "retryable 190 after 30"},
      {answer(400, error(131047)), "permanent 131047"},
      {answer(400, error(131026)), "permanent 131026"},
      {answer(400, error(100)), "permanent 100"},
      {answer(500, error(131000)), "unknown 131000"},
      {answer(503, error(2)), "unknown 2"},
      {answer(502, "<html>"), "unknown http_502"},
  };
  table.insert(table.end(), answers.begin(), answers.end());
  for (const Row& row : table)
    EXPECT_EQ(in_words(whatsapp::whatsapp_outcome(row.result)), row.outcome) << row.outcome;
}

}  // namespace
}  // namespace orchestrator::providers
