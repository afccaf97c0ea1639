// Lives of a person's whole queue, driven by nothing but the plans: whatever is drawn, no rule is ever
// broken, no order is ever lost, every message comes to its end, and nobody is looked at in vain.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>
#include <tuple>

#include "policy/situations.hpp"
#include "policy/time_zone.hpp"

namespace orchestrator::policy {
namespace {

using namespace situations;
using std::chrono::days;

// What happens to a person that the plans do not decide.
struct Event {
  Instant at;
  std::optional<MessageId> completes;  // the last part of this sequence comes; none: the person writes
};

// What the database would hold of one person.
struct Person {
  Limits limits;
  UserFacts facts;
  std::vector<QueuedMessage> queue;
  std::vector<Event> events;  // yet to come, the next one last
  std::vector<Instant> sends;
};

using Place = std::tuple<int, Instant, MessageId>;

Place place_in_line(const QueuedMessage& message, Instant now) {
  const bool has_aged = message.priority == Priority::low && now - message.scheduled_for >= 24h;
  return {has_aged ? 2 : static_cast<int>(message.priority), message.scheduled_for, message.id};
}

QueuedMessage any_message(Draw& draw, int number, Instant birth) {
  const auto lane = static_cast<Priority>(draw.between(0, 3));
  const Duration slots[] = {0s, 1h, 5h, 36h};
  QueuedMessage queued = message(std::to_string(1000 + number), lane, birth + draw.any_of(slots));
  if (draw.one_in(3)) queued.scheduled_for += draw.between(0s, 2h);
  if (draw.one_in(5)) queued.expires_at = birth + draw.between(0s, 48h);
  queued.has_content = !draw.one_in(10);
  queued.can_delay = !draw.one_in(3);
  queued.is_complete = !draw.one_in(8);
  return queued;
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
  if (draw.one_in(2)) {
    person.facts.response_pattern = pattern({static_cast<int>(draw.between(0, 23))});
    if (draw.one_in(2)) person.facts.response_pattern->preferred_days.set(1).set(2).set(5);
  }

  const auto messages = draw.between(1, 25);
  for (int i = 0; i < messages; ++i) {
    person.queue.push_back(any_message(draw, i, birth));
    if (person.queue.back().is_complete) continue;
    person.events.push_back({birth + draw.between(0s, 40h), person.queue.back().id});
  }
  for (auto n = draw.between(0, 3); n > 0; --n) person.events.push_back({birth + draw.between(0s, 48h), {}});
  std::ranges::sort(person.events, std::greater{}, &Event::at);
  return person;
}

// The first two complete ones of each kind and all incomplete ones, in no particular order.
std::vector<QueuedMessage> heads_of(std::vector<QueuedMessage> queue, Instant now) {
  std::ranges::sort(queue, {}, [now](const QueuedMessage& m) { return place_in_line(m, now); });
  std::map<std::pair<Priority, bool>, int> seen;
  std::erase_if(queue, [&](const QueuedMessage& m) {
    const bool is_express_lane = m.priority < Priority::medium;
    return m.is_complete && ++seen[{m.priority, is_express_lane || m.can_delay}] > 2;
  });
  std::ranges::reverse(queue);
  return queue;
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

// Zones of this test never change their clocks, and are whole quarters of an hour off.
bool waits_for_best_hour(const Person& person, const QueuedMessage& message, Instant now) {
  const auto& wanted = person.facts.response_pattern;
  const bool is_young = now - message.scheduled_for < 24h;
  const bool applies = wanted && message.priority == Priority::medium && message.can_delay && is_young;
  if (!applies || is_active(now, person.facts, person.limits)) return false;
  const auto is_best = [&](Instant t) {
    const WallClock wall = wall_clock(t, person.limits.zone);
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

// Whether a low message has to give way, once what a look takes out of the queue is out.
bool gives_way(const Person& person, const QueuedMessage& message, Instant now) {
  const bool is_low = message.priority == Priority::low && now - message.scheduled_for < 24h;
  if (!is_low || !message.can_delay) return false;
  return person.facts.queue_is_busy || std::ranges::any_of(person.queue, [&](const QueuedMessage& other) {
           return is_ready(other, now) && std::get<int>(place_in_line(other, now)) < 3;
         });
}

void expect_in_order(const Person& person, const QueuedMessage& sent, Instant now) {
  EXPECT_TRUE(is_ready(sent, now));
  EXPECT_TRUE(sent.has_content);
  EXPECT_FALSE(waits_for_best_hour(person, sent, now));
  EXPECT_FALSE(gives_way(person, sent, now));
  for (const QueuedMessage& other : person.queue) {
    if (place_in_line(other, now) > place_in_line(sent, now) || !other.has_content) continue;
    EXPECT_FALSE(is_ready(other, now) && !waits_for_best_hour(person, other, now) &&
                 !gives_way(person, other, now))
        << other.id.value << " stood before " << sent.id.value;
  }
}

void expect_nothing_missed(const Person& person, const Plan& plan, Instant now) {
  const bool some_wait = std::ranges::any_of(person.queue, &QueuedMessage::is_complete);
  if (!some_wait) return;
  ASSERT_TRUE(plan.next_attempt_at);
  EXPECT_GE(*plan.next_attempt_at, now);
  const Duration wait = *plan.next_attempt_at - now;
  UserFacts facts = person.facts;
  facts.queue_is_busy = false;
  for (const Instant t : {now, now + wait / 3, now + wait / 2, *plan.next_attempt_at - 1us}) {
    if (t < now || t >= *plan.next_attempt_at) continue;
    for (const QueuedMessage& waiting : person.queue) {
      if (gives_way(person, waiting, now) && t < now + 5min) continue;
      EXPECT_NE(decide(t, waiting, facts, person.limits).decision, Decision::send)
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
  const QueuedMessage newcomer = message("newcomer", Priority::high, now);
  const Verdict verdict = decide(now, newcomer, person.facts, person.limits);
  EXPECT_EQ(text_of(plan.blocked_by), text_of(verdict.reason));
  EXPECT_EQ(plan.blocked_until.value_or(now), verdict.eligible_at);
}

// Where no message came to an end but by going, two of each kind tell as much as all.
void expect_heads_tell_all(const Person& person, const Plan& plan, Instant now) {
  const Plan of_all = plan_user(now, all_of(person.queue), person.facts, person.limits);
  if (plan.promote) {
    EXPECT_EQ(of_all.promote, plan.promote);
  }
  if (!plan.expire.empty() || !plan.fail.empty()) return;
  if (!of_all.expire.empty() || !of_all.fail.empty()) return;
  EXPECT_EQ(of_all.promote, plan.promote);
  EXPECT_EQ(text_of(of_all.deferred_by), text_of(plan.deferred_by));
  EXPECT_EQ(text_of(of_all.next_attempt_at), text_of(plan.next_attempt_at));
}

// One look at a person; true when it brought a message to its end.
bool look(Person& person, Instant now, bool reads_all, std::optional<Instant>& next) {
  const UserQueue line = reads_all ? all_of(person.queue) : heads(heads_of(person.queue, now));
  const Plan plan = plan_user(now, line, person.facts, person.limits);
  expect_heads_tell_all(person, plan, now);
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

// The next thing that happens, at the alarm or before it.
Instant happen(Person& person, Instant alarm) {
  const Event event = person.events.back();
  if (event.at > alarm) return alarm;
  person.events.pop_back();
  if (!event.completes) person.facts.last_inbound_at = event.at;
  const auto sequence =
      std::ranges::find(person.queue, event.completes.value_or(MessageId{}), &QueuedMessage::id);
  if (sequence != person.queue.end()) sequence->is_complete = true;
  return event.at;
}

// Looks at a person until nothing is left; returns how many looks brought nothing, for no visible reason.
std::size_t live(Draw& draw, Person& person, Instant birth) {
  const bool reads_all = draw.one_in(3);
  std::optional<Instant> next = birth;
  std::size_t idle_looks = 0;
  bool was_busy = false;
  for (int looks = 0; (next || !person.events.empty()) && !testing::Test::HasFailure() && looks < 3000;
       ++looks) {
    const Instant alarm = next.value_or(Instant::max());
    Instant now = person.events.empty() ? alarm : happen(person, alarm);
    SCOPED_TRACE("at " + format_instant(now));
    const bool is_woken = now < alarm;
    // Now and then another instance looks, too early or with a clock that is behind.
    const bool is_disturbed = draw.one_in(10);
    if (is_disturbed) now -= draw.between(0s, 2s);
    person.facts.queue_is_busy = draw.one_in(5);
    const bool is_idle = !look(person, now, reads_all, next);
    const bool is_busy = std::ranges::any_of(
        person.queue, [&](const QueuedMessage& m) { return is_ready(m, now) && gives_way(person, m, now); });
    idle_looks += is_idle && !is_woken && !is_disturbed && !is_busy && !was_busy ? 1 : 0;
    was_busy = is_busy;
  }
  return idle_looks;
}

TEST(PlanProperty, NoRuleIsEverBrokenAndEveryMessageComesToItsEnd) {
  Draw draw(random_seed());
  std::size_t sent = 0;
  for (int i = 0; i < 400 && !testing::Test::HasFailure(); ++i) {
    const Instant birth = at("2026-01-10T00:00:00Z") + draw.between(0s, 20 * 24h);
    SCOPED_TRACE("life " + std::to_string(i));
    Person person = any_person(draw, birth);
    const std::size_t messages = person.queue.size();
    const std::size_t idle_looks = live(draw, person, birth);
    EXPECT_TRUE(person.queue.empty());
    EXPECT_LE(idle_looks, messages + 1);
    sent += person.sends.size();
  }
  EXPECT_GT(sent, 1000U) << "the lives drawn are too tame";
}

}  // namespace
}  // namespace orchestrator::policy
