// Does the gate open at the very first instant at which all rules pass? Judged by an oracle that looks at one
// instant at a time.
#include <gtest/gtest.h>

#include "policy/drawn.hpp"

namespace orchestrator::policy {
namespace {

using namespace situations;

std::string told(Instant from, const UserFacts& facts, const Limits& limits) {
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

TEST(GateProperty, OpensAtTheFirstInstantAtWhichAllRulesPass) {
  Draw draw(random_seed());
  int blocked = 0;
  for (int i = 0; i < 4000 && !testing::Test::HasFailure(); ++i) {
    const Limits limits = any_limits(draw);
    const Instant from = any_instant(draw, limits.zone);
    const UserFacts facts = any_facts(draw, from, limits);
    const Oracle oracle(from, facts, limits);
    const Gate gate = user_gate(from, facts, limits);
    SCOPED_TRACE("case " + std::to_string(i) + ": " + told(from, facts, limits) + " opens " +
                 format_instant(gate.opens_at));

    EXPECT_EQ(text_of(gate.reason), text_of(oracle.blocked_by(from)));
    EXPECT_EQ(text_of(oracle.blocked_by(gate.opens_at)), "none");
    EXPECT_EQ(gate.opens_at > from, gate.reason.has_value());
    const auto expect_blocked = [&](Instant t) {
      if (t < from || t >= gate.opens_at) return;
      EXPECT_TRUE(oracle.blocked_by(t)) << "passes already at " << format_instant(t);
    };
    expect_blocked(gate.opens_at - 1us);
    for (const Instant boundary : oracle.boundaries()) expect_blocked(boundary);
    for (Instant t = from; t < gate.opens_at; t += 1min) {
      if (!oracle.blocked_by(t)) expect_blocked(t);
    }
    blocked += gate.reason.has_value() ? 1 : 0;
  }
  EXPECT_GT(blocked, 1500) << "the situations drawn are too tame";
}

}  // namespace
}  // namespace orchestrator::policy
