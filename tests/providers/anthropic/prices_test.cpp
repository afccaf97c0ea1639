#include "providers/anthropic/prices.hpp"

#include <gtest/gtest.h>

namespace orchestrator::anthropic {
namespace {

TEST(AnthropicPrices, AreFoundByThePrefixOfTheModelName) {
  EXPECT_DOUBLE_EQ(cost_usd("claude-sonnet-4-5-20250929", 1'000'000, 0), 3);
  EXPECT_DOUBLE_EQ(cost_usd("claude-haiku-4-5", 0, 1'000'000), 5);
  EXPECT_DOUBLE_EQ(cost_usd("claude-opus-4-5", 1'000'000, 1'000'000), 30);
  EXPECT_DOUBLE_EQ(cost_usd("claude-opus-4-1-20250805", 1'000'000, 0), 15);
  EXPECT_DOUBLE_EQ(cost_usd("another", 1'000'000, 1'000'000), 0);
}

}  // namespace
}  // namespace orchestrator::anthropic
