// Checks every example of docs/rules.md: each is quoted here, with the calls that verify it.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "policy/activity.hpp"
#include "policy/counters.hpp"
#include "policy/situations.hpp"
#include "policy/time_zone.hpp"

namespace orchestrator::policy::documented_examples_test {
namespace {

using namespace situations;
using std::chrono::days;

// A quotation, with pairs of actual and expected outcomes.
struct Example {
  std::string_view quoted;
  std::vector<std::pair<std::string, std::string_view>> outcomes;
};

// The instant at which clocks of a zone show `text`: "16 12:00" or "16 12:00:30", in January 2026 unless
// another month is given.
Instant local(std::string_view zone_name, std::string text, std::string_view month = "01",
              Occurrence occurrence = Occurrence::first) {
  text = "2026-" + std::string(month) + "-" + text.replace(2, 1, "T") + (text.size() == 8 ? ":00Z" : "Z");
  return instant_of(WallClock{at(text).time_since_epoch()}, zone(zone_name), occurrence);
}
Instant in_new_york(std::string_view text) { return local("America/New_York", std::string(text)); }
Instant in_london(std::string_view text) { return local("Europe/London", std::string(text)); }

UserFacts anna() {
  UserFacts facts;
  facts.timezone = "America/New_York";
  return facts;
}

UserFacts ben() {
  UserFacts facts;
  facts.timezone = "Europe/London";
  return facts;
}

UserFacts anna_answers(const ResponsePattern& when) {
  UserFacts facts = anna();
  facts.response_pattern = when;
  return facts;
}

UserFacts with_inbound(UserFacts facts, Instant inbound) {
  facts.last_inbound_at = inbound;
  return facts;
}

UserFacts anna_got(std::initializer_list<std::string_view> sends) {
  UserFacts facts = anna();
  for (const auto sent_at : sends) {
    facts = after_sending(in_new_york(sent_at), facts, limits_in_force(facts, RuleDefaults{}));
  }
  return facts;
}

UserFacts anna_got_ten() {
  UserFacts facts = anna();
  facts.counted_date = date(2026, 1, 16);
  facts.sent_on_date = 10;
  return facts;
}

QueuedMessage of(Instant scheduled_for, Priority priority = Priority::medium) {
  return message("m", priority, scheduled_for);
}

QueuedMessage expiring(QueuedMessage message, Instant expires_at) {
  message.expires_at = expires_at;
  return message;
}

// The predicted outcome of the first message of the queue: "Fri 12:00:30" on the user's wall clock, or
// another outcome.
std::string outcome(Instant now, const UserFacts& facts, const std::vector<QueuedMessage>& queue) {
  const Limits limits = limits_in_force(facts, RuleDefaults{});
  const auto prediction = predict(now, queue.front().id, all_of(queue), facts, limits);
  if (!prediction) return "waits";
  switch (prediction->outcome) {
    case Prediction::Outcome::expired:
      return "expired";
    case Prediction::Outcome::cancelled:
      return "cancelled";
    case Prediction::Outcome::failed:
      return "failed";
    case Prediction::Outcome::sent:
      break;
  }
  const WallClock wall = wall_clock(prediction->at, limits.zone);
  const std::string_view names[] = {"Sun ", "Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat "};
  return std::string(names[std::chrono::weekday{std::chrono::floor<days>(wall)}.c_encoding()]) +
         format_instant(Instant{wall.time_since_epoch()}).substr(11, 8);
}

// Of a message that is scheduled when it is due.
std::string outcome(const UserFacts& facts, const QueuedMessage& queued) {
  return outcome(queued.scheduled_for, facts, {queued});
}

std::string reason(Instant now, const UserFacts& facts, const QueuedMessage& queued) {
  return text_of(decide(now, queued, facts, limits_in_force(facts, RuleDefaults{})).reason);
}

std::string activity(const UserFacts& facts, Instant now) {
  return is_active(now, facts, limits_in_force(facts, RuleDefaults{})) ? "active" : "not active";
}

std::vector<Example> of_messages() {
  const Instant noon = in_new_york("16 12:00");
  const Instant ten = in_new_york("16 10:00");
  const UserFacts wrote = with_inbound(ben(), in_london("16 23:40"));
  const UserFacts six = anna_answers(pattern({18}));
  QueuedMessage incomplete = of(noon, Priority::high);
  incomplete.is_complete = false;
  QueuedMessage sequence = of(noon);
  sequence.sequence = {MessageId("m"), MessageId("m2"), MessageId("m3")};
  const QueuedMessage behind = message("z", Priority::medium, noon);
  const UserFacts after = plan_user(noon, all_of({sequence}), anna(), default_limits()).facts;
  UserFacts busy = anna();
  busy.queue_is_busy = true;
  const QueuedMessage later = of(in_new_york("16 15:00"));
  return {
      {"Ben writes at 23:40. He is active from 23:40 until just before 23:50; at 23:50 he is no longer "
       "active.",
       {{activity(wrote, in_london("16 23:40")), "active"},
        {activity(wrote, in_london("16 23:50") - 1us), "active"},
        {activity(wrote, in_london("16 23:50")), "not active"}}},
      {"A message for Anna expires at 15:00. At 14:59 it can still be sent; at 15:00 it expires.",
       {{outcome(in_new_york("16 14:59"), anna(), {expiring(of(noon), in_new_york("16 15:00"))}),
         "Fri 14:59:00"},
        {outcome(in_new_york("16 15:00"), anna(), {expiring(of(noon), in_new_york("16 15:00"))}),
         "expired"}}},
      {"One part of a sequence for Anna is missing at 12:00. The sequence waits, and the message behind it "
       "is sent at 12:00.",
       {{outcome(noon, anna(), {incomplete, behind}), "waits"},
        {outcome(noon, anna(), {behind, incomplete}), "Fri 12:00:00"}}},
      {"A sequence of three parts is sent to Anna at 12:00. It counts as one of her ten messages of the day, "
       "and the next message may be sent at 12:00:30.",
       {{outcome(noon, anna(), {sequence, behind}), "Fri 12:00:00"},
        {outcome(noon, anna(), {behind, sequence}), "Fri 12:00:30"},
        {std::to_string(after.sent_on_date), "1"}}},
      {"A message for Anna is scheduled for 15:00. At 14:59 it waits; at 15:00 it is sent.",
       {{reason(in_new_york("16 14:59"), anna(), later), "not_due"},
        {outcome(in_new_york("16 14:59"), anna(), {later}), "Fri 15:00:00"}}},
      {"A message for Anna is scheduled for 23:00. At 23:00 it is due, but her quiet hours have begun: it is "
       "sent on Saturday at 08:00.",
       {{outcome(noon, anna(), {of(in_new_york("16 23:00"))}), "Sat 08:00:00"}}},
      {"Anna's best hour is 18. A medium message due at 10:00 is sent at 18:00.",
       {{outcome(six, of(ten)), "Fri 18:00:00"}}},
      {"Anna's best hour is 18. A medium message due at 18:59 is sent at once; one due at 19:00 is sent on "
       "Saturday at 18:00.",
       {{outcome(six, of(in_new_york("16 18:59"))), "Fri 18:59:00"},
        {outcome(six, of(in_new_york("16 19:00"))), "Sat 18:00:00"}}},
      {"Anna's best hour is 10 and her preferred day is Saturday. A medium message due on Friday at 10:00 is "
       "sent on Saturday at 10:00.",
       {{outcome(anna_answers(pattern({10}, {6})), of(ten)), "Sat 10:00:00"}}},
      {"Anna's best hour is 10 and her preferred day is Monday. A medium message due on Friday at 12:00 is "
       "sent at once, because Monday is more than 24 hours away.",
       {{outcome(anna_answers(pattern({10}, {1})), of(noon)), "Fri 12:00:00"}}},
      {"Anna's best hour is 7, which is in her quiet hours. A medium message due on Friday at 12:00 is sent "
       "on Saturday at 12:00.",
       {{outcome(anna_answers(pattern({7})), of(noon)), "Sat 12:00:00"}}},
      {"Anna's best hour is 18. She writes at 10:00. A medium message due at 10:05 is sent at once.",
       {{outcome(with_inbound(six, ten), of(in_new_york("16 10:05"))), "Fri 10:05:00"}}},
      {"The queue is busy at 12:00 and no longer busy at 12:05. A low message for Anna that is due at 12:00 "
       "is sent at 12:05.",
       {{outcome(busy, of(noon, Priority::low)), "Fri 12:05:00"}}},
      {"Anna's best hour is 18. A medium message due at 10:00 waits for it. A low message due at 10:00 waits "
       "as well and is sent at 18:00:30.",
       {{outcome(ten, six, {message("low", Priority::low, ten), of(ten)}), "Fri 18:00:30"}}},
      {"A low message for Anna has been due since Thursday at 12:00. On Friday at 12:00 it is sent before a "
       "medium message that has been due since Friday at 11:00.",
       {{outcome(noon, anna(),
                 {message("low", Priority::low, in_new_york("15 12:00")), of(in_new_york("16 11:00"))}),
         "Fri 12:00:00"}}},
  };
}

std::vector<Example> of_users() {
  const Instant noon = in_new_york("16 12:00");
  UserFacts opted_out = ben();
  opted_out.opted_out = true;
  const UserFacts five = anna_got({"16 11:20", "16 11:25", "16 11:30", "16 11:35", "16 11:40"});
  const UserFacts wrote = with_inbound(ben(), in_london("16 23:40"));
  return {
      {"Ben has opted out. At 12:00 his message that is scheduled for 15:00 is cancelled.",
       {{outcome(in_london("16 12:00"), opted_out, {of(in_london("16 15:00"))}), "cancelled"}}},
      {"Anna was sent a message at 12:00:00. The next one is sent at 12:00:30.",
       {{outcome(anna_got({"16 12:00:00"}), of(noon)), "Fri 12:00:30"}}},
      {"Anna was sent messages at 11:20, 11:25, 11:30, 11:35 and 11:40. A message due at 12:00 is sent at "
       "12:20, when the oldest of the five is an hour old.",
       {{outcome(five, of(noon)), "Fri 12:20:00"}}},
      {"Anna was sent messages at 11:20, 11:25, 11:30, 11:35 and 11:40, and she writes at 11:59. A message "
       "due at 12:00 is sent at once.",
       {{outcome(with_inbound(five, in_new_york("16 11:59")), of(noon)), "Fri 12:00:00"}}},
      {"Anna was sent ten messages before 12:00. The daily limit ends at midnight, but midnight is in her "
       "quiet hours: the next message is sent on Saturday at 08:00.",
       {{format_instant(passes_at(kDailyLimit, noon, anna_got_ten(), default_limits())),
         "2026-01-17T05:00:00.000000Z"},
        {outcome(anna_got_ten(), of(noon)), "Sat 08:00:00"}}},
      {"A message for Anna due at 21:59 is sent at once. One due at 22:00 is sent on Saturday at 08:00.",
       {{outcome(anna(), of(in_new_york("16 21:59"))), "Fri 21:59:00"},
        {outcome(anna(), of(in_new_york("16 22:00"))), "Sat 08:00:00"}}},
      {"At 12:00 in New York it is 17:00 in London. At 17:00 in New York it is 22:00 in London: Ben's quiet "
       "hours have begun, Anna's have not.",
       {{outcome(ben(), of(noon)), "Fri 17:00:00"},
        {outcome(ben(), of(in_new_york("16 17:00"))), "Sat 08:00:00"},
        {outcome(anna(), of(in_new_york("16 17:00"))), "Fri 17:00:00"}}},
      {"Ben writes at 23:40. A message due at 23:45 is sent at once; one due at 23:50 is sent on Saturday at "
       "08:00.",
       {{outcome(wrote, of(in_london("16 23:45"))), "Fri 23:45:00"},
        {outcome(wrote, of(in_london("16 23:50"))), "Sat 08:00:00"}}},
  };
}

std::vector<Example> of_all_together() {
  const Instant noon = in_new_york("16 12:00");
  const Instant night = in_new_york("16 23:00");
  const Instant morning = in_new_york("17 07:30");
  const UserFacts seven_and_ten = anna_answers(pattern({7, 10}));
  const std::vector lanes = {message("m", Priority::medium, noon), message("h", Priority::high, noon),
                             message("u", Priority::urgent, noon)};
  const auto of_lane = [&](std::size_t first) {
    std::vector queue = lanes;
    std::swap(queue[0], queue[first]);
    return outcome(noon, anna(), queue);
  };
  return {
      {"Anna was sent ten messages before 23:00. The reason is `daily_limit_reached`. The daily limit ends "
       "at 00:00 and quiet hours end at 08:00: the next message is sent on Saturday at 08:00.",
       {{reason(night, anna_got_ten(), of(night)), "daily_limit_reached"},
        {outcome(anna_got_ten(), of(night)), "Sat 08:00:00"}}},
      {"Anna's best hours are 7 and 10. A medium message is due on Saturday at 07:30, in a best hour but "
       "also in quiet hours; 08:00 is no longer in a best hour. It is sent at 10:00, and the reason is "
       "`quiet_hours`.",
       {{reason(morning, seven_and_ten, of(morning)), "quiet_hours"},
        {outcome(seven_and_ten, of(morning)), "Sat 10:00:00"}}},
      {"An urgent, a high and a medium message for Anna are due at 12:00. They are sent at 12:00:00, "
       "12:00:30 and 12:01:00.",
       {{of_lane(2), "Fri 12:00:00"}, {of_lane(1), "Fri 12:00:30"}, {of_lane(0), "Fri 12:01:00"}}},
  };
}

std::vector<Example> of_clocks() {
  const auto march = [](std::string_view text) { return local("America/New_York", std::string(text), "03"); };
  const auto november = [](std::string_view text, Occurrence occurrence = Occurrence::first) {
    return local("America/New_York", std::string(text), "11", occurrence);
  };
  const auto quiet_until = [](TimeOfDay end) {
    UserFacts facts = anna();
    facts.quiet_hours_end = end;
    return facts;
  };
  const auto awake_answering_at = [](int hour) {
    UserFacts facts = anna_answers(pattern({hour}));
    facts.quiet_hours_enabled = false;
    return facts;
  };
  const auto short_night = quiet_interval(march("08 01:00"), QuietHours{}, zone("America/New_York"));
  const Duration night = short_night->end - short_night->start;
  const QueuedMessage half_past_midnight = of(november("01 00:30"));
  const Verdict two_hours_later =
      decide(half_past_midnight.scheduled_for, half_past_midnight, quiet_until(1h + 30min),
             limits_in_force(quiet_until(1h + 30min), {}));
  UserFacts lost = ben();
  lost.timezone = "Atlantis/X";
  const Instant seven = in_new_york("16 07:00");
  return {
      {"On Sunday, 8 March 2026, clocks in New York skip from 02:00 to 03:00. Anna's quiet hours from 22:00 "
       "to 08:00 last nine hours.",
       {{std::to_string(night / 1h), "9"}}},
      {"Anna's quiet hours end at 02:30, which New York skips that night. A message due at 01:00 is sent at "
       "03:00.",
       {{outcome(quiet_until(2h + 30min), of(march("08 01:00"))), "Sun 03:00:00"}}},
      {"On Sunday, 1 November 2026, New York repeats the hour from 01:00 to 02:00. If Anna's quiet hours end "
       "at 01:30, a message due at 00:30 is sent at the second 01:30, two hours later.",
       {{outcome(quiet_until(1h + 30min), half_past_midnight), "Sun 01:30:00"},
        {std::to_string((*two_hours_later.eligible_at - half_past_midnight.scheduled_for) / 1h), "2"}}},
      {"Best hour 2 does not occur on that Sunday in March: a medium message due at 01:00 is sent on Monday "
       "at 02:00.",
       {{outcome(awake_answering_at(2), of(march("08 01:00"))), "Mon 02:00:00"}}},
      {"Best hour 1 occurs twice on that Sunday in November: a medium message due at 01:30 is sent at once "
       "both times.",
       {{outcome(awake_answering_at(1), of(november("01 01:30"))), "Sun 01:30:00"},
        {outcome(awake_answering_at(1), of(november("01 01:30", Occurrence::second))), "Sun 01:30:00"}}},
      {"Ben's time zone is \"Atlantis/X\". At 07:00 in New York his message waits until 08:00 in New York.",
       {{outcome(lost, of(seven)), "Fri 08:00:00"}}},
  };
}

std::set<std::string> documented_examples() {
  std::ifstream document(SOURCE_DIR "/docs/rules.md");
  std::set<std::string> examples;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("- ")) examples.insert(line.substr(2));
  }
  return examples;
}

TEST(DocumentedExamples, AreTrue) {
  std::set<std::string> unchecked = documented_examples();
  EXPECT_GT(unchecked.size(), 20U);
  for (const auto& section : {of_messages(), of_users(), of_all_together(), of_clocks()}) {
    for (const Example& example : section) {
      EXPECT_EQ(unchecked.erase(std::string(example.quoted)), 1U)
          << "not in docs/rules.md: " << example.quoted;
      for (const auto& [actual, expected] : example.outcomes) EXPECT_EQ(actual, expected) << example.quoted;
    }
  }
  EXPECT_TRUE(unchecked.empty()) << "not checked: " << testing::PrintToString(unchecked);
}

}  // namespace
}  // namespace orchestrator::policy::documented_examples_test
