#include <gtest/gtest.h>

#include "policy/explained.hpp"

namespace orchestrator::policy::opted_out_test {
namespace {

using namespace situations;

TEST(OptedOut, IsExplained) {
  Subject s;
  EXPECT_EQ(explanation_of(s, "opted_out"), "pass: the user has not opted out");
  s.facts.opted_out = true;
  EXPECT_EQ(explanation_of(s, "opted_out"), "block: the user has opted out");
}

}  // namespace
}  // namespace orchestrator::policy::opted_out_test
