// user_block ends at the exact first instant at which all rules of a user pass, according to an oracle that
// evaluates one instant at a time.
#include <gtest/gtest.h>

#include "policy/random_situations.hpp"

namespace orchestrator::policy::user_block_property_test {
namespace {

using namespace situations;

std::string described(Instant from, const UserFacts& facts, const Limits& limits) {
  const auto time = [](TimeOfDay t) { return format_instant(Instant{t}).substr(11, 15); };
  std::string text = "from " + format_instant(from) + " (local " +
                     format_instant(Instant{wall_clock(from, limits.zone).time_since_epoch()}) + ") quiet " +
                     time(limits.quiet_hours.start) + " to " + time(limits.quiet_hours.end) + " hourly " +
                     std::to_string(limits.hourly) + " daily " + std::to_string(facts.sent_on_date) + "/" +
                     std::to_string(limits.daily) + " last sent " + text_of(facts.last_outbound_at) +
                     " inbound " + text_of(facts.last_inbound_at) + " sends";
  for (const Instant sent_at : facts.recent_sends) text += " " + format_instant(sent_at);
  return text;
}

TEST(UserBlockProperty, EndsAtTheFirstInstantAtWhichAllRulesPass) {
  Draw draw(random_seed());
  int blocked = 0;
  for (int i = 0; i < 4000 && !testing::Test::HasFailure(); ++i) {
    const Limits limits = any_limits(draw);
    const Instant from = any_instant(draw, limits.zone);
    const UserFacts facts = any_facts(draw, from, limits);
    const Oracle oracle(from, facts, limits);
    const UserBlock block = user_block(from, facts, limits);
    SCOPED_TRACE("case " + std::to_string(i) + ": " + described(from, facts, limits) + " until " +
                 format_instant(block.until));

    EXPECT_EQ(text_of(block.reason), text_of(oracle.blocked_by(from)));
    EXPECT_EQ(text_of(oracle.blocked_by(block.until)), "none");
    EXPECT_EQ(block.until > from, block.reason.has_value());
    const auto expect_blocked = [&](Instant t) {
      if (t < from || t >= block.until) return;
      EXPECT_TRUE(oracle.blocked_by(t)) << "passes already at " << format_instant(t);
    };
    expect_blocked(block.until - 1us);
    for (const Instant boundary : oracle.boundaries()) expect_blocked(boundary);
    for (Instant t = from; t < block.until; t += 1min) {
      if (!oracle.blocked_by(t)) expect_blocked(t);
    }
    blocked += block.reason.has_value() ? 1 : 0;
  }
  EXPECT_GT(blocked, 1500) << "too few random situations block";
}

}  // namespace
}  // namespace orchestrator::policy::user_block_property_test
