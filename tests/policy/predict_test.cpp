#include <gtest/gtest.h>

#include <algorithm>

#include "policy/situations.hpp"

namespace orchestrator::policy::predict_test {
namespace {

using namespace situations;
using Outcome = Prediction::Outcome;

const Instant kNoon = at("2026-01-16T17:00:00Z");  // in New York

std::string text_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::sent:
      return "sent";
    case Outcome::expired:
      return "expired";
    case Outcome::cancelled:
      return "cancelled";
    case Outcome::failed:
      return "failed";
  }
  return "?";
}

// "sent at … after 2": after two other messages.
std::string text_of(const std::optional<Prediction>& prediction) {
  if (!prediction) return "unknown";
  return text_of(prediction->outcome) + " at " + format_instant(prediction->at) + " after " +
         std::to_string(prediction->sent_before);
}

QueuedMessage expiring(QueuedMessage message, Instant expires_at) {
  message.expires_at = expires_at;
  return message;
}

QueuedMessage without_content(QueuedMessage message) {
  message.has_content = false;
  return message;
}

QueuedMessage incomplete(QueuedMessage message) {
  message.is_complete = false;
  return message;
}

TEST(Predict, GivesTheInstantAndTheNumberOfEarlierMessages) {
  const QueuedMessage target = message("t", Priority::medium, kNoon);
  const QueuedMessage urgent = message("u", Priority::urgent, kNoon);
  const QueuedMessage high = message("h", Priority::high, kNoon + 10s);
  struct Situation {
    std::string_view what;
    std::vector<QueuedMessage> queue;
    std::string_view prediction;
  };
  const Situation situations[] = {
      {"alone", {target}, "sent at 2026-01-16T17:00:00.000000Z after 0"},
      {"behind another", {target, urgent}, "sent at 2026-01-16T17:00:30.000000Z after 1"},
      {"behind two, one due in 10 seconds",
       {target, urgent, high},
       "sent at 2026-01-16T17:01:00.000000Z after 2"},
      {"before one due later",
       {target, message("h", Priority::high, kNoon + 31s)},
       "sent at 2026-01-16T17:00:00.000000Z after 0"},
      {"behind one that expires first",
       {target, urgent, expiring(high, kNoon + 30s)},
       "sent at 2026-01-16T17:00:30.000000Z after 1"},
      {"behind one without content",
       {target, without_content(urgent)},
       "sent at 2026-01-16T17:00:00.000000Z after 0"},
      {"behind one that waits for missing parts",
       {target, incomplete(urgent)},
       "sent at 2026-01-16T17:00:00.000000Z after 0"},
      {"expires first",
       {expiring(target, kNoon + 20s), urgent},
       "expired at 2026-01-16T17:00:20.000000Z after 1"},
      {"is expired", {expiring(target, kNoon - 20s)}, "expired at 2026-01-16T17:00:00.000000Z after 0"},
      {"has no content", {without_content(target), urgent}, "failed at 2026-01-16T17:00:30.000000Z after 1"},
      {"waits for missing parts", {incomplete(target), urgent}, "unknown"},
      {"waits for missing parts, and expires",
       {expiring(incomplete(target), kNoon + 1h), urgent},
       "expired at 2026-01-16T18:00:00.000000Z after 1"},
      {"is not in the queue", {urgent}, "unknown"},
  };
  for (const Situation& s : situations) {
    EXPECT_EQ(text_of(predict(kNoon, target.id, all_of(s.queue), UserFacts{}, default_limits())),
              s.prediction)
        << s.what;
  }
}

TEST(Predict, AppliesLimitsAndQuietHours) {
  std::vector<QueuedMessage> queue;
  for (int i = 0; i < 25; ++i) queue.push_back(message(std::to_string(100 + i), Priority::medium, kNoon));
  const auto prediction_of = [&](std::string_view id) {
    return text_of(predict(kNoon, MessageId(std::string(id)), all_of(queue), UserFacts{}, default_limits()));
  };
  EXPECT_EQ(prediction_of("104"), "sent at 2026-01-16T17:02:00.000000Z after 4");
  EXPECT_EQ(prediction_of("105"), "sent at 2026-01-16T18:00:00.000000Z after 5") << "the hourly limit";
  EXPECT_EQ(prediction_of("110"), "sent at 2026-01-17T13:00:00.000000Z after 10") << "the daily limit";
  EXPECT_EQ(prediction_of("124"), "sent at 2026-01-18T13:02:00.000000Z after 24");
}

TEST(Predict, AssumesABusyQueueForOnePassOnly) {
  UserFacts facts;
  facts.queue_is_busy = true;
  const QueuedMessage low = message("l", Priority::low, kNoon);
  EXPECT_EQ(text_of(predict(kNoon, low.id, all_of({low}), facts, default_limits())),
            "sent at 2026-01-16T17:05:00.000000Z after 0");
}

TEST(Predict, DelaysALowMessageBehindOneThatWaitsForItsBestHour) {
  UserFacts facts;
  facts.response_pattern = pattern({18});
  const QueuedMessage low = message("l", Priority::low, kNoon + 1min);
  const QueuedMessage medium = message("m", Priority::medium, kNoon);
  const UserQueue queue = all_of({low, medium});
  EXPECT_EQ(text_of(predict(kNoon, medium.id, queue, facts, default_limits())),
            "sent at 2026-01-16T23:00:00.000000Z after 0");
  EXPECT_EQ(text_of(predict(kNoon, low.id, queue, facts, default_limits())),
            "sent at 2026-01-16T23:00:30.000000Z after 1");
}

TEST(Predict, CancelsTheMessagesOfAnOptedOutUser) {
  UserFacts facts;
  facts.opted_out = true;
  const QueuedMessage queued = message("m", Priority::low, kNoon + 1h);
  EXPECT_EQ(text_of(predict(kNoon, queued.id, all_of({queued}), facts, default_limits())),
            "cancelled at 2026-01-16T17:00:00.000000Z after 0");
}

TEST(Predict, GivesUpAfterAThousandPasses) {
  Limits limits = no_limits();
  limits.cooldown = 30s;
  std::vector<QueuedMessage> queue;
  for (int i = 0; i < 1001; ++i) queue.push_back(message(std::to_string(10000 + i), Priority::medium, kNoon));
  EXPECT_TRUE(predict(kNoon, MessageId("10999"), all_of(queue), UserFacts{}, limits));
  EXPECT_FALSE(predict(kNoon, MessageId("11000"), all_of(queue), UserFacts{}, limits));
}

// The outcome of one message if passes run all the time, and not only at next_attempt_at.
class Simulation {
 public:
  Simulation(std::vector<QueuedMessage> queue, UserFacts facts, const Limits& limits)
      : queue_(std::move(queue)), facts_(std::move(facts)), limits_(limits) {}

  std::string outcome_of(const MessageId& target, Instant now) {
    while (outcome_.empty()) {
      const auto next = run_pass(target, now);
      if (!outcome_.empty()) break;
      if (!next) return "unknown";
      // In between nothing may be sent: neither soon after, nor a microsecond before.
      for (const Duration share : {(*next - now) / 3, (*next - now) / 2, *next - now - 1us}) {
        if (share <= 0us || !outcome_.empty()) continue;
        const std::size_t sent = sent_;
        run_pass(target, now + share);
        EXPECT_EQ(sent_, sent) << "sent before " << format_instant(*next);
      }
      now = *next;
    }
    return outcome_;
  }

 private:
  std::optional<Instant> run_pass(const MessageId& target, Instant now) {
    const Plan plan = plan_user(now, all_of(queue_), facts_, limits_);
    for (const MessageId& id : plan.expire) {
      if (id == target) end("expired", *take(id).expires_at);
    }
    for (const MessageId& id : plan.fail) {
      if (id == target) end("failed", now);
    }
    if (plan.promote == target) end("sent", now);
    sent_ += plan.promote ? 1 : 0;
    std::erase_if(queue_, [&](const QueuedMessage& message) {
      return plan.promote == message.id || std::ranges::count(plan.expire, message.id) != 0 ||
             std::ranges::count(plan.fail, message.id) != 0;
    });
    facts_ = plan.facts;
    return plan.next_attempt_at;
  }

  QueuedMessage take(const MessageId& id) const { return *std::ranges::find(queue_, id, &QueuedMessage::id); }

  void end(std::string_view what, Instant at) {
    outcome_ = std::string(what) + " at " + format_instant(at) + " after " + std::to_string(sent_);
  }

  std::vector<QueuedMessage> queue_;
  UserFacts facts_;
  Limits limits_;
  std::size_t sent_ = 0;
  std::string outcome_;
};

// Without low messages that can be delayed: each further pass with a busy queue delays them by another five
// minutes.
std::vector<QueuedMessage> any_queue(Draw& draw, Instant birth) {
  std::vector<QueuedMessage> queue;
  for (auto n = draw.between(1, 20); n > 0; --n) {
    const auto lane = static_cast<Priority>(draw.between(0, 3));
    QueuedMessage queued = message(std::to_string(1000 + n), lane, birth + draw.between(-30h, 40h));
    queued.can_delay = lane != Priority::low && draw.one_in(2);
    queued.has_content = !draw.one_in(8);
    if (draw.one_in(4)) queued.expires_at = birth + draw.between(1s, 60h);
    queue.push_back(queued);
  }
  return queue;
}

TEST(PredictProperty, MatchesASimulation) {
  Draw draw(random_seed());
  int sent_later = 0;
  for (int i = 0; i < 500 && !testing::Test::HasFailure(); ++i) {
    const Instant birth = at("2026-03-06T00:00:00Z") + draw.between(0s, 4 * 24h);  // clocks change on the 8th
    Limits limits = default_limits();
    limits.hourly = static_cast<int>(draw.between(1, 5));
    limits.daily = static_cast<int>(draw.between(2, 10));
    UserFacts facts;
    if (draw.one_in(2)) facts.response_pattern = pattern({static_cast<int>(draw.between(0, 23))});
    if (draw.one_in(2)) facts.last_inbound_at = birth - draw.between(0s, 15min);
    const std::vector<QueuedMessage> queue = any_queue(draw, birth);
    const MessageId target = queue[static_cast<std::size_t>(draw.between(0, std::ssize(queue) - 1))].id;
    SCOPED_TRACE("case " + std::to_string(i) + " at " + format_instant(birth));

    const auto prediction = predict(birth, target, all_of(queue), facts, limits);
    EXPECT_EQ(text_of(prediction), Simulation(queue, facts, limits).outcome_of(target, birth));
    sent_later += prediction && prediction->sent_before > 0 ? 1 : 0;
  }
  EXPECT_GT(sent_later, 100) << "too few random messages wait behind others";
}

}  // namespace
}  // namespace orchestrator::policy::predict_test
