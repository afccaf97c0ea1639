// What each answer means: the message was accepted, may be sent again, never will be, or its outcome is
// unknown.
#include "providers/twilio/send_outcome.hpp"

#include <gtest/gtest.h>

#include "providers/outcome_text.hpp"

namespace orchestrator::twilio {
namespace {

using providers::http_answer;
using providers::OutcomeRow;

std::string with_code(int code) { return R"({"status": 400, "code": )" + std::to_string(code) + "}"; }

TEST(TwilioSendOutcome, FollowsFromStatusAndErrorCode) {
  const std::vector<OutcomeRow> answers = {
      {http_answer(201, R"({"sid": "SM1", "status": "queued"})"), "accepted SM1"},
      {http_answer(200, R"({"sid": "SM1", "status": "accepted"})"), "accepted SM1"},
      {http_answer(201, R"({"sid": "SM1", "status": "failed", "error_code": 30006})"), "permanent 30006"},
      {http_answer(201, R"({"sid": "SM1", "status": "undelivered", "error_code": null})"),
       "permanent undelivered"},
      {http_answer(201, R"({"sid": "SM1", "status": "failed", "error_code": 21610})"),
       "permanent 21610 opted out"},
      {http_answer(201, ""), "unknown bad_answer"},
      {http_answer(201, "<html>"), "unknown bad_answer"},
      {http_answer(201, R"({"sid": null})"), "unknown bad_answer"},
      {http_answer(201, "{\"sid\": \"a\\u0000b\"}"), "unknown bad_answer"},
      // not processed
      {http_answer(429, with_code(20429), "7"), "retryable 20429 after 7"},
      {http_answer(429, ""), "retryable http_429"},
      {http_answer(400, with_code(20429)), "retryable 20429"},
      {http_answer(503, with_code(20503)), "retryable 20503"},
      {http_answer(503, "", "2"), "retryable http_503 after 2"},
      // slow down
      {http_answer(400, with_code(21611)), "retryable 21611 after 30"},
      {http_answer(400, with_code(30001)), "retryable 30001 after 30"},
      {http_answer(401, with_code(20003)), "retryable 20003 after 30"},
      {http_answer(401, ""), "retryable http_401 after 30"},
      // permanent
      {http_answer(400, with_code(21610)), "permanent 21610 opted out"},
      {http_answer(400, with_code(21211)), "permanent 21211"},
      {http_answer(400, with_code(21614)), "permanent 21614"},
      {http_answer(400, with_code(21608)), "permanent 21608"},
      {http_answer(400, with_code(21606)), "permanent 21606"},
      {http_answer(400, with_code(30006)), "permanent 30006"},
      {http_answer(404, R"({"code": 20404})"), "permanent 20404"},
      {http_answer(400, "not JSON"), "permanent http_400"},
      {http_answer(307, ""), "permanent http_307"},
      // ambiguous
      {http_answer(500, R"({"code": 20500})"), "unknown 20500"},
      {http_answer(503, R"({"code": 20500})"), "unknown 20500"},
      {http_answer(500, ""), "unknown http_500"},
      {http_answer(502, "<html>"), "unknown http_502"},
      {http_answer(504, ""), "unknown http_504"},
      {http_answer(408, ""), "unknown http_408"},
  };
  for (const OutcomeRow& row : providers::with_failures(answers)) {
    EXPECT_EQ(providers::outcome_text(send_outcome(row.result)), row.outcome)
        << providers::description_of(row.result);
  }
}

std::string listed(const std::string& fields) {
  return R"({"messages": [{"sid": "SM1", "direction": "outbound-api", "status": "delivered", )" + fields +
         R"(}], "next_page_uri": null})";
}

TEST(TwilioLookUp, FindsEveryMessageThatMayBeTheOneAskedAbout) {
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
    const LookUpResult look_up = look_up_result(http_answer(200, row.body), message);
    EXPECT_EQ(look_up.has_answered, row.has_answered) << row.body;
    ASSERT_EQ(look_up.found.size(), row.found) << row.body;
    if (row.found == 1) {
      EXPECT_EQ(look_up.found[0].status, DeliveryReport::Status::delivered);
      EXPECT_EQ(look_up.found[0].message, MessageId{"m"});
    }
  }
  EXPECT_FALSE(look_up_result(http_answer(503, table[0].body), message).has_answered);
  EXPECT_FALSE(
      look_up_result(net::HttpFailure{net::HttpFailure::Kind::no_answer, "time-out"}, message).has_answered);
}

}  // namespace
}  // namespace orchestrator::twilio
