// Simulates a user's queue from its first pass until it is empty, and checks the invariants of plan_user
// (src/policy/plan.cpp) after each pass.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>
#include <tuple>

#include "policy/activity.hpp"
#include "policy/rules/expired.hpp"
#include "policy/situations.hpp"
#include "policy/time_zone.hpp"

namespace orchestrator::policy::plan_property_test {
namespace {

using namespace situations;
using std::chrono::days;

// An event that does not result from a plan.
struct Event {
  Instant at;
  std::optional<MessageId> completes;  // the last part of this sequence arrives; nullopt: the user writes
};

// The rows of one user in the database.
struct SimulatedUser {
  Limits limits;
  UserFacts facts;
  std::vector<QueuedMessage> queue;
  std::vector<Event> events;  // future events, the next one last
  std::vector<Instant> sends;
};

using Position = std::tuple<int, Instant, MessageId>;

Position position(const QueuedMessage& message, Instant now) {
  const bool has_aged = message.priority == Priority::low && now - message.scheduled_for >= 24h;
  return {has_aged ? 2 : static_cast<int>(message.priority), message.scheduled_for, message.id};
}

QueuedMessage any_message(Draw& draw, int number, Instant start) {
  const auto lane = static_cast<Priority>(draw.between(0, 3));
  const Duration slots[] = {0s, 1h, 5h, 36h};
  QueuedMessage queued = message(std::to_string(1000 + number), lane, start + draw.any_of(slots));
  if (draw.one_in(3)) queued.scheduled_for += draw.between(0s, 2h);
  if (draw.one_in(5)) queued.expires_at = start + draw.between(0s, 48h);
  queued.has_content = !draw.one_in(10);
  queued.can_delay = !draw.one_in(3);
  queued.is_complete = !draw.one_in(8);
  return queued;
}

SimulatedUser any_user(Draw& draw, Instant start) {
  const std::string_view zones[] = {"America/Phoenix", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC",
                                    "Etc/GMT+12"};
  const std::chrono::seconds cooldowns[] = {0s, 30s, 30s, 20min};
  SimulatedUser user;
  user.limits = no_limits(draw.any_of(zones));
  user.limits.cooldown = draw.any_of(cooldowns);
  user.limits.hourly = static_cast<int>(draw.between(0, 4));
  user.limits.daily = static_cast<int>(draw.between(0, 9));
  user.limits.quiet_hours = {!draw.one_in(4), draw.between(0, 1439) * 1min, draw.between(0, 1439) * 1min};
  if (draw.one_in(2)) {
    user.facts.response_pattern = pattern({static_cast<int>(draw.between(0, 23))});
    if (draw.one_in(2)) user.facts.response_pattern->preferred_days.set(1).set(2).set(5);
  }

  const auto messages = draw.between(1, 25);
  for (int i = 0; i < messages; ++i) {
    user.queue.push_back(any_message(draw, i, start));
    if (user.queue.back().is_complete) continue;
    user.events.push_back({start + draw.between(0s, 40h), user.queue.back().id});
  }
  for (auto n = draw.between(0, 3); n > 0; --n) user.events.push_back({start + draw.between(0s, 48h), {}});
  std::ranges::sort(user.events, std::greater{}, &Event::at);
  return user;
}

// The first two complete messages of each kind and all incomplete ones, unordered.
std::vector<QueuedMessage> truncated(std::vector<QueuedMessage> queue, Instant now) {
  std::ranges::sort(queue, {}, [now](const QueuedMessage& m) { return position(m, now); });
  std::map<std::pair<Priority, bool>, int> seen;
  std::erase_if(queue, [&](const QueuedMessage& m) {
    return m.is_complete && ++seen[{m.priority, m.can_delay}] > 2;
  });
  std::ranges::reverse(queue);
  return queue;
}

// Removes a message from the queue, because it reached a final state.
QueuedMessage take(SimulatedUser& user, const MessageId& id) {
  const auto found = std::ranges::find(user.queue, id, &QueuedMessage::id);
  if (found == user.queue.end()) throw std::logic_error("planned, but not in the queue: " + id.value);
  const QueuedMessage taken = *found;
  user.queue.erase(found);
  return taken;
}

void expect_user_rules_kept(const SimulatedUser& user, Instant now) {
  const Limits& limits = user.limits;
  const bool is_active_user = is_active(now, user.facts, limits);
  const auto date_of = [&](Instant t) { return local_date(t, limits.zone); };
  int last_hour = 0;
  int same_day = 0;
  for (const Instant sent_at : user.sends) {
    EXPECT_GE(now - sent_at, limits.cooldown);
    last_hour += now - sent_at < 60min ? 1 : 0;
    same_day += date_of(sent_at) == date_of(now) ? 1 : 0;
  }
  if (limits.hourly > 0 && !is_active_user) {
    EXPECT_LT(last_hour, limits.hourly);
  }
  if (limits.daily > 0) {
    EXPECT_LT(same_day, limits.daily);
  }

  const WallClock wall = wall_clock(now, limits.zone);
  const TimeOfDay time = wall - std::chrono::floor<days>(wall);
  const QuietHours& quiet = limits.quiet_hours;
  const bool is_spanning = quiet.start > quiet.end;
  const bool is_quiet = quiet.enabled && (is_spanning ? time >= quiet.start || time < quiet.end
                                                      : time >= quiet.start && time < quiet.end);
  EXPECT_FALSE(is_quiet && !is_active_user) << "sent in quiet hours at " << format_instant(now);
}

// The zones of this test have no clock changes, and their offsets are multiples of 15 minutes.
bool waits_for_best_hour(const SimulatedUser& user, const QueuedMessage& message, Instant now) {
  const auto& wanted = user.facts.response_pattern;
  const bool is_young = now - message.scheduled_for < 24h;
  const bool applies = wanted && message.priority == Priority::medium && message.can_delay && is_young;
  if (!applies || is_active(now, user.facts, user.limits)) return false;
  const auto is_best = [&](Instant t) {
    const WallClock wall = wall_clock(t, user.limits.zone);
    const auto day = std::chrono::floor<days>(wall);
    return wanted->best_hours.test(static_cast<std::size_t>((wall - day) / 1h)) &&
           (wanted->preferred_days.none() ||
            wanted->preferred_days.test(std::chrono::weekday{day}.c_encoding()));
  };
  if (is_best(now)) return false;
  for (Instant t = std::chrono::ceil<std::chrono::minutes>(now); t <= now + 24h; t += 1min) {
    if (t.time_since_epoch() % 15min == 0min && is_best(t)) return true;
  }
  return false;
}

bool is_ready(const QueuedMessage& message, Instant now) {
  return message.is_complete && message.scheduled_for <= now && !is_expired(now, message);
}

// Whether low_priority_busy blocks the message; `user.queue` is the queue after the pass.
bool is_blocked_by_busy_queue(const SimulatedUser& user, const QueuedMessage& message, Instant now) {
  const bool is_low = message.priority == Priority::low && now - message.scheduled_for < 24h;
  if (!is_low || !message.can_delay) return false;
  return user.facts.queue_is_busy || std::ranges::any_of(user.queue, [&](const QueuedMessage& other) {
           return is_ready(other, now) && std::get<int>(position(other, now)) < 3;
         });
}

void expect_in_order(const SimulatedUser& user, const QueuedMessage& sent, Instant now) {
  EXPECT_TRUE(is_ready(sent, now));
  EXPECT_TRUE(sent.has_content);
  EXPECT_FALSE(waits_for_best_hour(user, sent, now));
  EXPECT_FALSE(is_blocked_by_busy_queue(user, sent, now));
  for (const QueuedMessage& other : user.queue) {
    if (position(other, now) > position(sent, now) || !other.has_content) continue;
    EXPECT_FALSE(is_ready(other, now) && !waits_for_best_hour(user, other, now) &&
                 !is_blocked_by_busy_queue(user, other, now))
        << other.id.value << " precedes " << sent.id.value;
  }
}

void expect_no_earlier_attempt(const SimulatedUser& user, const Plan& plan, Instant now) {
  const bool any_waits = std::ranges::any_of(user.queue, &QueuedMessage::is_complete);
  if (!any_waits) return;
  ASSERT_TRUE(plan.next_attempt_at);
  EXPECT_GE(*plan.next_attempt_at, now);
  const Duration wait = *plan.next_attempt_at - now;
  UserFacts facts = user.facts;
  facts.queue_is_busy = false;
  for (const Instant t : {now, now + wait / 3, now + wait / 2, *plan.next_attempt_at - 1us}) {
    if (t < now || t >= *plan.next_attempt_at) continue;
    for (const QueuedMessage& waiting : user.queue) {
      if (is_blocked_by_busy_queue(user, waiting, now) && t < now + 5min) continue;
      EXPECT_NE(decide(t, waiting, facts, user.limits).decision, Decision::send)
          << waiting.id.value << " could be sent at " << format_instant(t);
    }
  }
  const bool has_express =
      std::ranges::any_of(user.queue, [](const QueuedMessage& m) { return is_express(m.priority); });
  if (has_express && *plan.next_attempt_at > now) {
    EXPECT_TRUE(plan.express);
  }
}

void expect_block_of_new_message(const SimulatedUser& user, const Plan& plan, Instant now) {
  const QueuedMessage newcomer = message("newcomer", Priority::high, now);
  const Verdict verdict = decide(now, newcomer, user.facts, user.limits);
  EXPECT_EQ(text_of(plan.blocked_by), text_of(verdict.reason));
  EXPECT_EQ(plan.blocked_until.value_or(now), verdict.eligible_at);
}

// If no message expires or fails, the plan for a truncated queue equals the plan for the whole one.
void expect_same_plan_for_whole_queue(const SimulatedUser& user, const Plan& plan, Instant now) {
  const Plan whole = plan_user(now, all_of(user.queue), user.facts, user.limits);
  if (plan.promote) {
    EXPECT_EQ(whole.promote, plan.promote);
  }
  if (!plan.expire.empty() || !plan.fail.empty()) return;
  if (!whole.expire.empty() || !whole.fail.empty()) return;
  EXPECT_EQ(whole.promote, plan.promote);
  EXPECT_EQ(text_of(whole.deferred_by), text_of(plan.deferred_by));
  EXPECT_EQ(text_of(whole.next_attempt_at), text_of(plan.next_attempt_at));
}

// Runs one pass; returns whether a message reached a final state.
bool run_pass(SimulatedUser& user, Instant now, bool reads_all, std::optional<Instant>& next) {
  const UserQueue queue = reads_all ? all_of(user.queue) : heads(truncated(user.queue, now));
  const Plan plan = plan_user(now, queue, user.facts, user.limits);
  expect_same_plan_for_whole_queue(user, plan, now);
  for (const MessageId& id : plan.expire) EXPECT_LE(take(user, id).expires_at.value(), now);
  for (const MessageId& id : plan.fail) EXPECT_FALSE(take(user, id).has_content);
  if (plan.promote) {
    const QueuedMessage sent = take(user, *plan.promote);
    EXPECT_FALSE(is_expired(now, sent));
    expect_in_order(user, sent, now);
    expect_user_rules_kept(user, now);
    user.sends.push_back(now);
  }
  user.facts = plan.facts;
  expect_no_earlier_attempt(user, plan, now);
  expect_block_of_new_message(user, plan, now);
  next = plan.next_attempt_at;
  return plan.promote || !plan.expire.empty() || !plan.fail.empty();
}

// Applies the next event if it is not later than `wake_at`; returns the instant of the next pass.
Instant apply_next_event(SimulatedUser& user, Instant wake_at) {
  const Event event = user.events.back();
  if (event.at > wake_at) return wake_at;
  user.events.pop_back();
  if (!event.completes) user.facts.last_inbound_at = event.at;
  const auto sequence =
      std::ranges::find(user.queue, event.completes.value_or(MessageId{}), &QueuedMessage::id);
  if (sequence != user.queue.end()) sequence->is_complete = true;
  return event.at;
}

// Runs passes until the queue is empty; returns the number of passes that had no effect without a known
// reason.
std::size_t run_until_empty(Draw& draw, SimulatedUser& user, Instant start) {
  const bool reads_all = draw.one_in(3);
  std::optional<Instant> next = start;
  std::size_t idle_passes = 0;
  bool was_busy = false;
  for (int passes = 0; (next || !user.events.empty()) && !testing::Test::HasFailure() && passes < 3000;
       ++passes) {
    const Instant wake_at = next.value_or(Instant::max());
    Instant now = user.events.empty() ? wake_at : apply_next_event(user, wake_at);
    SCOPED_TRACE("at " + format_instant(now));
    const bool is_early = now < wake_at;
    // Occasionally another instance runs the pass too early, or with a slow clock.
    const bool is_disturbed = draw.one_in(10);
    if (is_disturbed) now -= draw.between(0s, 2s);
    user.facts.queue_is_busy = draw.one_in(5);
    const bool is_idle = !run_pass(user, now, reads_all, next);
    const bool is_busy = std::ranges::any_of(user.queue, [&](const QueuedMessage& m) {
      return is_ready(m, now) && is_blocked_by_busy_queue(user, m, now);
    });
    idle_passes += is_idle && !is_early && !is_disturbed && !is_busy && !was_busy ? 1 : 0;
    was_busy = is_busy;
  }
  return idle_passes;
}

TEST(PlanProperty, KeepsAllRulesUntilEveryMessageIsFinal) {
  Draw draw(random_seed());
  std::size_t sent = 0;
  for (int i = 0; i < 400 && !testing::Test::HasFailure(); ++i) {
    const Instant start = at("2026-01-10T00:00:00Z") + draw.between(0s, 20 * 24h);
    SCOPED_TRACE("user " + std::to_string(i));
    SimulatedUser user = any_user(draw, start);
    const std::size_t messages = user.queue.size();
    const std::size_t idle_passes = run_until_empty(draw, user, start);
    EXPECT_TRUE(user.queue.empty());
    EXPECT_LE(idle_passes, messages + 1);
    sent += user.sends.size();
  }
  EXPECT_GT(sent, 1000U) << "too few messages were sent";
}

}  // namespace
}  // namespace orchestrator::policy::plan_property_test
