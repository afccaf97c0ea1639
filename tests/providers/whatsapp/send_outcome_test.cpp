// What each answer means: the message was accepted, may be sent again, never will be, or its outcome is
// unknown.
#include "providers/whatsapp/send_outcome.hpp"

#include <gtest/gtest.h>

#include "providers/outcome_text.hpp"

namespace orchestrator::whatsapp {
namespace {

using providers::http_answer;
using providers::OutcomeRow;

std::string error(int code) { return R"({"error": {"code": )" + std::to_string(code) + "}}"; }

TEST(WhatsAppSendOutcome, FollowsFromStatusAndErrorCode) {
  const std::vector<OutcomeRow> answers = {
      {http_answer(200, R"({"messages": [{"id": "wamid.1"}]})"), "accepted wamid.1"},
      {http_answer(200, R"({"messages": []})"), "unknown bad_answer"},
      {http_answer(200, R"(["messages"])"), "unknown bad_answer"},
      {http_answer(429, "", "3"), "retryable http_429 after 3"},
      {http_answer(400, error(130429)), "retryable 130429"},
      {http_answer(400, error(131056)), "retryable 131056"},
      {http_answer(400, error(80007)), "retryable 80007"},
      {http_answer(400, error(4)), "retryable 4"},
      {http_answer(503, ""), "retryable http_503"},
      {http_answer(400, error(131048)), "retryable 131048 after 30"},
      {http_answer(401, error(190)), "retryable 190 after 30"},
      {http_answer(400, error(131047)), "permanent 131047"},
      {http_answer(400, error(131026)), "permanent 131026"},
      {http_answer(400, error(100)), "permanent 100"},
      {http_answer(500, error(131000)), "unknown 131000"},
      {http_answer(503, error(2)), "unknown 2"},
      {http_answer(502, "<html>"), "unknown http_502"},
  };
  for (const OutcomeRow& row : providers::with_failures(answers)) {
    EXPECT_EQ(providers::outcome_text(send_outcome(row.result)), row.outcome)
        << providers::description_of(row.result);
  }
}

}  // namespace
}  // namespace orchestrator::whatsapp
