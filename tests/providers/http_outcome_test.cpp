#include "providers/http_outcome.hpp"

#include <gtest/gtest.h>

#include <array>

#include "providers/outcome_text.hpp"

namespace orchestrator::providers {
namespace {

TEST(HttpOutcome, FollowsFromTheStatusUnlessTheCodeIsKnown) {
  constexpr std::array codes = {ErrorCode{"1", ErrorMeaning::not_processed},
                                ErrorCode{"2", ErrorMeaning::slow_down},
                                ErrorCode{"3", ErrorMeaning::opted_out}};
  struct Row {
    int status;
    std::string code;
    std::string outcome;
  };
  const std::vector<Row> table = {
      {400, "1", "retryable 1 after 7"},
      {400, "2", "retryable 2 after 30"},
      {400, "3", "permanent 3 opted out"},
      {400, "4", "permanent 4"},
      {400, "", "permanent http_400"},
      {401, "4", "retryable 4 after 30"},
      {429, "4", "retryable 4 after 7"},
      {503, "", "retryable http_503 after 7"},
      {503, "4", "unknown 4"},
      {500, "", "unknown http_500"},
      {408, "", "unknown http_408"},
  };
  for (const Row& row : table) {
    EXPECT_EQ(outcome_text(outcome_of(http_answer(row.status, "", "7"), row.code, codes)), row.outcome);
  }
}

TEST(HttpOutcome, AnIdentifierIsShortVisibleAscii) {
  EXPECT_EQ(identifier_in("SM1"), "SM1");
  for (const std::string& text :
       {std::string("a b"), std::string("a\0b", 3), std::string("\xc3\xa9"), std::string(256, 'a')}) {
    EXPECT_EQ(identifier_in(text), "");
  }
}

}  // namespace
}  // namespace orchestrator::providers
