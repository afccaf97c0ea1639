#include <gtest/gtest.h>

#include "policy/explained.hpp"

namespace orchestrator::policy::not_due_test {
namespace {

using namespace situations;

TEST(NotDue, IsExplained) {
  Subject s;
  EXPECT_EQ(explanation_of(s, "not_due"), "pass: due since 2026-01-16T12:00:00.000000Z");
  s.message.scheduled_for = s.now + 90s;
  EXPECT_EQ(explanation_of(s, "not_due"),
            "block until 2026-01-16T12:01:30: due at 2026-01-16T12:01:30.000000Z");
}

}  // namespace
}  // namespace orchestrator::policy::not_due_test
