// eligible_at is the exact first instant at which all rules pass, according to an oracle that evaluates one
// instant at a time.
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/random_situations.hpp"

namespace orchestrator::policy::decide_property_test {
namespace {

using namespace situations;

class MessageOracle {
 public:
  MessageOracle(Instant now, const QueuedMessage& message, const UserFacts& facts, const Limits& limits)
      : now_(now), message_(message), facts_(facts), limits_(limits), user_(now, facts, limits) {
    // In these years all offsets are multiples of 15 minutes; clock changes may be at other instants.
    for (Instant t = std::chrono::floor<days>(now) - 24h; t < now + 24 * 24h; t += 24h) {
      for (Duration quarter{0}; quarter < 24h; quarter += 15min) edges_.push_back(t + quarter);
      if (offset_at(t, limits.zone) != offset_at(t + 24h, limits.zone)) {
        edges_.push_back(transition_between(t, t + 24h, limits.zone));
      }
    }
    std::ranges::sort(edges_);
    std::ranges::copy_if(edges_, std::back_inserter(best_edges_), [&](Instant t) { return is_best(t); });
  }

  std::optional<Reason> blocked_by(Instant t) const {
    if (message_.expires_at && t >= *message_.expires_at) return Reason::expired;
    if (t < message_.scheduled_for) return Reason::not_due;
    const bool is_young = t - message_.scheduled_for < 24h;
    if (message_.priority == Priority::medium && message_.can_delay && is_young && waits_for_best_hour(t)) {
      return Reason::optimal_time;
    }
    const bool is_low = message_.priority == Priority::low && message_.can_delay;
    if (is_low && is_young && facts_.queue_is_busy && t - now_ < 5min) return Reason::low_priority_busy;
    return user_.blocked_by(t);
  }

  std::vector<Instant> boundaries() const {
    std::vector<Instant> all = user_.boundaries();
    all.insert(all.end(), edges_.begin(), edges_.end());
    all.insert(all.end(), {message_.scheduled_for, message_.scheduled_for + 24h, now_ + 5min});
    return all;
  }

 private:
  bool is_best(Instant t) const {
    if (!facts_.response_pattern) return true;
    const WallClock wall = wall_clock(t, limits_.zone);
    const auto hour = static_cast<std::size_t>((wall - std::chrono::floor<days>(wall)) / 1h);
    const auto weekday = static_cast<std::size_t>(((wall.time_since_epoch() / 24h) + 4) % 7);
    const auto& [hours, weekdays] = *facts_.response_pattern;
    return (hours.none() || hours.test(hour)) && (weekdays.none() || weekdays.test(weekday));
  }

  bool waits_for_best_hour(Instant t) const {
    const auto inbound = facts_.last_inbound_at;
    if (inbound && t >= *inbound && t - *inbound < limits_.active_window) return false;
    if (is_best(t)) return false;
    const auto next = std::ranges::lower_bound(best_edges_, t);
    return next != best_edges_.end() && *next - t <= 24h;
  }

  Instant now_;
  QueuedMessage message_;
  UserFacts facts_;
  Limits limits_;
  Oracle user_;
  std::vector<Instant> edges_;
  std::vector<Instant> best_edges_;
};

ResponsePattern any_pattern(Draw& draw) {
  ResponsePattern pattern;
  for (auto n = draw.between(0, 4); n > 0; --n) {
    pattern.best_hours.set(static_cast<std::size_t>(draw.between(0, 23)));
  }
  if (draw.one_in(2)) return pattern;
  for (auto n = draw.between(1, 5); n > 0; --n) {
    pattern.preferred_days.set(static_cast<std::size_t>(draw.between(0, 6)));
  }
  return pattern;
}

QueuedMessage any_message(Draw& draw, Instant now) {
  const Priority lanes[] = {Priority::high, Priority::medium, Priority::medium, Priority::medium,
                            Priority::low};
  const Duration ages[] = {0s, 1h, 23h, 24h, 24h - 2min, -1h, -1us, -3min};
  QueuedMessage queued = message("m", draw.any_of(lanes), now - draw.any_of(ages));
  if (draw.one_in(3)) queued.scheduled_for = now - draw.between(-10h, 30h);
  if (draw.one_in(6)) queued.expires_at = now + draw.between(-1h, 20h);
  queued.can_delay = !draw.one_in(5);
  return queued;
}

TEST(DecideProperty, GivesTheFirstInstantAtWhichAllRulesPass) {
  Draw draw(random_seed());
  int delayed = 0;
  int never = 0;
  for (int i = 0; i < 3000 && !testing::Test::HasFailure(); ++i) {
    Limits limits = any_limits(draw);
    if (draw.one_in(2)) limits.quiet_hours = kNeverQuiet;
    const Instant now = any_instant(draw, limits.zone);
    UserFacts facts = any_facts(draw, now, limits);
    if (!draw.one_in(4)) facts.response_pattern = any_pattern(draw);
    facts.queue_is_busy = draw.one_in(2);
    const QueuedMessage queued = any_message(draw, now);
    const MessageOracle oracle(now, queued, facts, limits);
    const Verdict verdict = decide(now, queued, facts, limits);
    SCOPED_TRACE("case " + std::to_string(i) + ": " + std::string(to_text(queued.priority)) + " " +
                 format_instant(queued.scheduled_for) + " at " + format_instant(now) + " eligible " +
                 text_of(verdict.eligible_at));

    EXPECT_EQ(text_of(verdict.reason), text_of(oracle.blocked_by(now)));
    delayed += verdict.reason == Reason::optimal_time || verdict.reason == Reason::low_priority_busy ? 1 : 0;
    if (verdict.decision == Decision::expire) continue;
    EXPECT_TRUE(verdict.eligible_at || queued.expires_at);
    never += verdict.eligible_at ? 0 : 1;
    const Instant end = verdict.eligible_at ? *verdict.eligible_at : *queued.expires_at;
    if (verdict.eligible_at) {
      EXPECT_EQ(text_of(oracle.blocked_by(end)), "none");
    }
    const auto expect_blocked = [&](Instant t) {
      if (t < now || t >= end) return;
      EXPECT_TRUE(oracle.blocked_by(t)) << "passes already at " << format_instant(t);
    };
    expect_blocked(end - 1us);
    for (const Instant boundary : oracle.boundaries()) expect_blocked(boundary);
    for (Instant t = now; t < end; t += 7min) expect_blocked(t);
  }
  EXPECT_GT(delayed, 300) << "too few random messages are delayed";
  EXPECT_GT(never, 10) << "too few random messages expire first";
}

}  // namespace
}  // namespace orchestrator::policy::decide_property_test
