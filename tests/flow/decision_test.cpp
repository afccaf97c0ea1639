// What the answer to a request tells about its message, and that it agrees with what the next pass does.
#include <gtest/gtest.h>

#include "ingest/ingest.hpp"
#include "support/world.hpp"
#include "text/digest.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::at;
using support::World;
using Fate = ScheduleDecision::Outcome;

class Decisions : public ::testing::Test {
 protected:
  Decisions() { world.add_user("ann", "Europe/London"); }

  ScheduleRequest request(const std::string& text) {
    return {.user = UserId{"ann"},
            .agent = AgentId{"a"},
            .parts = {R"({"content": ")" + text + "\"}"},
            .scheduled_for = world.clock.now(),
            .request_hash = text::sha256_hex(text),
            .content_hash = text::sha256_hex(text)};
  }

  Scheduled schedule(const ScheduleRequest& request) { return std::get<Scheduled>(ingest.schedule(request)); }

  World world;
  ingest::Ingest ingest{world.queue, world.clock, world.ids, IngestConfig{}, RuleDefaults{}, {}};
};

void expect_decision(const Scheduled& scheduled, Fate outcome, std::optional<Reason> reason = {},
                     std::optional<Instant> eligible_at = {}) {
  EXPECT_EQ(scheduled.decision.outcome, outcome);
  EXPECT_EQ(scheduled.decision.reason, reason);
  EXPECT_EQ(scheduled.decision.eligible_at, eligible_at);
}

TEST_F(Decisions, AreThoseOfTheNextPass) {
  expect_decision(schedule(request("one")), Fate::next_pass);
  world.pass();
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM messages"), "1");
  expect_decision(schedule(request("two")), Fate::deferred, Reason::cooldown, world.clock.now() + 30s);
  world.pass();
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM messages"), "1");
  world.clock.advance(30s);
  world.pass();
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM messages"), "2");
}

TEST_F(Decisions, TellTheInstantOnlyIfNoOtherMessageWaits) {
  world.clock.set(at("2026-11-20T22:30:00Z"));
  expect_decision(schedule(request("one")), Fate::deferred, Reason::quiet_hours, at("2026-11-21T08:00:00Z"));
  expect_decision(schedule(request("two")), Fate::deferred, Reason::quiet_hours);
}

TEST_F(Decisions, OfMessagesThatAreNotSent) {
  auto late = request("late");
  late.expires_at = world.clock.now();
  expect_decision(schedule(late), Fate::expired, Reason::expired);
  auto later = request("later");
  later.scheduled_for = world.clock.now() + 1h;
  world.sql.run("DELETE FROM message_queue; UPDATE user_message_budget SET next_attempt_at = NULL");
  expect_decision(schedule(later), Fate::deferred, Reason::not_due, world.clock.now() + 1h);
  world.sql.run("UPDATE users SET opted_out_at = now()");
  expect_decision(schedule(request("unwanted")), Fate::cancelled, Reason::opted_out);
}

TEST_F(Decisions, OfARepeatedRequestIsThePresentStateOfTheFirstMessage) {
  auto keyed = request("one");
  keyed.idempotency_key = "key";
  schedule(keyed);
  expect_decision(schedule(keyed), Fate::next_pass);
  world.pass();
  const Scheduled again = schedule(keyed);
  EXPECT_EQ(again.kind, Scheduled::Kind::replayed);
  expect_decision(again, Fate::promoted);

  auto other = request("two");
  other.idempotency_key = "other key";
  schedule(other);
  world.sql.run(
      "UPDATE message_queue SET status = 'cancelled', status_reason = 'opted_out' "
      "WHERE idempotency_key = 'other key'");
  expect_decision(schedule(other), Fate::cancelled, Reason::opted_out);
}

TEST_F(Decisions, OfADuplicate) {
  schedule(request("one"));
  const Scheduled again = schedule(request("one"));
  EXPECT_EQ(again.kind, Scheduled::Kind::duplicate);
  expect_decision(again, Fate::next_pass);
  world.pass();
  expect_decision(schedule(request("one")), Fate::promoted);
}

}  // namespace
}  // namespace orchestrator
