// Lives of a person's whole queue, driven by nothing but the plans: whatever is drawn, no rule is ever
// broken, no order is ever lost, every message comes to its end, and nobody is looked at in vain.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <tuple>

#include "policy/situations.hpp"
#include "policy/time_zone.hpp"

namespace orchestrator::policy {
namespace {

using namespace situations;
using std::chrono::days;

// What the database would hold of one person.
struct Person {
  Limits limits;
  UserFacts facts;
  std::vector<QueuedMessage> queue;
  std::vector<Instant> inbound;  // yet to come, the next one last
  std::vector<Instant> sends;
};

bool comes_before(const QueuedMessage& a, const QueuedMessage& b) {
  return std::tie(a.priority, a.scheduled_for, a.id) < std::tie(b.priority, b.scheduled_for, b.id);
}

Person any_person(Draw& draw, Instant birth) {
  const std::string_view zones[] = {"America/Phoenix", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC",
                                    "Etc/GMT+12"};
  const std::chrono::seconds cooldowns[] = {0s, 30s, 30s, 20min};
  Person person;
  person.limits = no_limits(draw.any_of(zones));
  person.limits.cooldown = draw.any_of(cooldowns);
  person.limits.hourly = static_cast<int>(draw.between(0, 4));
  person.limits.daily = static_cast<int>(draw.between(0, 9));
  person.limits.quiet_hours = {!draw.one_in(4), draw.between(0, 1439) * 1min, draw.between(0, 1439) * 1min};

  const auto messages = draw.between(1, 25);
  for (int i = 0; i < messages; ++i) {
    const auto lane = static_cast<Priority>(draw.between(0, 3));
    const Duration slots[] = {0s, 1h, 5h, 36h};
    QueuedMessage queued = message(std::to_string(1000 + i), lane, birth + draw.any_of(slots));
    if (draw.one_in(3)) queued.scheduled_for += draw.between(0s, 2h);
    if (draw.one_in(5)) queued.expires_at = birth + draw.between(0s, 48h);
    queued.has_content = !draw.one_in(10);
    person.queue.push_back(queued);
  }
  for (auto n = draw.between(0, 3); n > 0; --n) person.inbound.push_back(birth + draw.between(0s, 48h));
  std::ranges::sort(person.inbound, std::greater{});
  return person;
}

// The first two of each lane, in no particular order.
std::vector<QueuedMessage> heads_of(std::vector<QueuedMessage> queue) {
  std::ranges::sort(queue, comes_before);
  std::vector<QueuedMessage> heads;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const bool is_third_of_lane = i >= 2 && queue[i - 2].priority == queue[i].priority;
    if (!is_third_of_lane) heads.push_back(queue[i]);
  }
  std::ranges::reverse(heads);
  return heads;
}

// Takes a message out of the queue, once it has come to an end.
QueuedMessage take(Person& person, const MessageId& id) {
  const auto found = std::ranges::find(person.queue, id, &QueuedMessage::id);
  if (found == person.queue.end()) throw std::logic_error("planned twice, or never there: " + id.value);
  const QueuedMessage taken = *found;
  person.queue.erase(found);
  return taken;
}

void expect_no_rule_broken(const Person& person, Instant now) {
  const Limits& limits = person.limits;
  const bool is_active_user = is_active(now, person.facts, limits);
  const auto date_of = [&](Instant t) { return local_date(t, limits.zone); };
  int last_hour = 0;
  int same_day = 0;
  for (const Instant sent_at : person.sends) {
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
  EXPECT_FALSE(is_quiet && !is_active_user) << "woken at " << format_instant(now);
}

void expect_in_order(const Person& person, const QueuedMessage& sent, Instant now) {
  EXPECT_LE(sent.scheduled_for, now);
  EXPECT_TRUE(sent.has_content);
  for (const QueuedMessage& other : person.queue) {
    const bool could_go = other.scheduled_for <= now && !is_expired(now, other) && other.has_content;
    EXPECT_FALSE(could_go && comes_before(other, sent))
        << other.id.value << " stood before " << sent.id.value;
  }
}

void expect_nothing_missed(const Person& person, const Plan& plan, Instant now) {
  if (person.queue.empty()) return;
  ASSERT_TRUE(plan.next_attempt_at);
  EXPECT_GE(*plan.next_attempt_at, now);
  const Duration wait = *plan.next_attempt_at - now;
  for (const Instant t : {now, now + wait / 3, now + wait / 2, *plan.next_attempt_at - 1us}) {
    if (t < now || t >= *plan.next_attempt_at) continue;
    for (const QueuedMessage& waiting : person.queue) {
      EXPECT_NE(decide(t, waiting, person.facts, person.limits).decision, Decision::send)
          << waiting.id.value << " could go at " << format_instant(t);
    }
  }
  const bool has_express =
      std::ranges::any_of(person.queue, [](const QueuedMessage& m) { return is_express(m.priority); });
  if (has_express && *plan.next_attempt_at > now) {
    EXPECT_TRUE(plan.express);
  }
}

void expect_true_gate(const Person& person, const Plan& plan, Instant now) {
  const QueuedMessage newcomer = message("newcomer", Priority::low, now);
  const Verdict verdict = decide(now, newcomer, person.facts, person.limits);
  EXPECT_EQ(text_of(plan.blocked_by), text_of(verdict.reason));
  EXPECT_EQ(plan.blocked_until.value_or(now), verdict.eligible_at);
}

// One look at a person; true when it brought a message to its end.
bool look(Person& person, Instant now, std::optional<Instant>& next) {
  const Plan plan = plan_user(now, heads(heads_of(person.queue)), person.facts, person.limits);
  for (const MessageId& id : plan.expire) EXPECT_LE(take(person, id).expires_at.value(), now);
  for (const MessageId& id : plan.fail) EXPECT_FALSE(take(person, id).has_content);
  if (plan.promote) {
    const QueuedMessage sent = take(person, *plan.promote);
    EXPECT_FALSE(is_expired(now, sent));
    expect_in_order(person, sent, now);
    expect_no_rule_broken(person, now);
    person.sends.push_back(now);
  }
  person.facts = plan.facts;
  expect_nothing_missed(person, plan, now);
  expect_true_gate(person, plan, now);
  next = plan.next_attempt_at;
  return plan.promote || !plan.expire.empty() || !plan.fail.empty();
}

TEST(PlanProperty, NoRuleIsEverBrokenAndEveryMessageComesToItsEnd) {
  Draw draw(random_seed());
  std::size_t sent = 0;
  for (int i = 0; i < 400 && !testing::Test::HasFailure(); ++i) {
    const Instant birth = at("2026-01-10T00:00:00Z") + draw.between(0s, 20 * 24h);
    Person person = any_person(draw, birth);
    const std::size_t messages = person.queue.size();
    std::optional<Instant> next = birth;
    std::size_t idle_looks = 0;
    std::size_t looks = 0;
    for (; next && !testing::Test::HasFailure() && looks < 500; ++looks) {
      Instant now = *next;
      SCOPED_TRACE("life " + std::to_string(i) + " at " + format_instant(now));
      const bool is_woken = !person.inbound.empty() && person.inbound.back() <= now;
      if (is_woken) {
        now = person.inbound.back();
        person.facts.last_inbound_at = now;
        person.inbound.pop_back();
      }
      // Now and then another instance looks, too early or with a clock that is behind.
      const bool is_disturbed = draw.one_in(10);
      if (is_disturbed) now -= draw.between(0s, 2s);
      const bool is_idle = !look(person, now, next);
      idle_looks += is_idle && !is_woken && !is_disturbed ? 1 : 0;
    }
    EXPECT_TRUE(person.queue.empty()) << "life " << i << " stopped after " << looks << " looks";
    EXPECT_LE(idle_looks, messages + 1) << "life " << i;
    sent += person.sends.size();
  }
  EXPECT_GT(sent, 1000U) << "the lives drawn are too tame";
}

}  // namespace
}  // namespace orchestrator::policy
