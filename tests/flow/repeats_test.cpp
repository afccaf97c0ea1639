// Repeated requests: idempotency keys, duplicates, supersession, and the limit of waiting messages.
#include <gtest/gtest.h>

#include <future>

#include "ingest/ingest.hpp"
#include "support/world.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::World;
using Texts = std::vector<std::string>;
using Kind = Admission::Kind;

class Repeats : public ::testing::Test {
 protected:
  Repeats() {
    world.add_user("ann");
    world.add_user("bob");
  }

  ScheduleRequest request(const std::string& text, const std::string& user = "ann") {
    return {.user = UserId{user},
            .agent = AgentId{"a"},
            .parts = {R"({"content": ")" + text + "\"}"},
            .scheduled_for = world.clock.now()};
  }

  ScheduleRequest keyed(const std::string& text, const std::string& key, const std::string& user = "ann") {
    auto with_key = request(text, user);
    with_key.idempotency_key = key;
    return with_key;
  }

  std::string stored() { return world.sql.value("SELECT count(*) FROM message_queue"); }

  World world;
};

TEST_F(Repeats, ARepeatedKeyGetsTheFirstMessage) {
  const MessageId first = world.submitted(keyed("hello", "k"));
  const auto again = world.submit(keyed("hello", "k"));
  EXPECT_EQ(again.kind, Kind::replayed);
  EXPECT_EQ(again.earlier.message.id, first);

  world.pass();
  world.clock.advance(24h);
  EXPECT_EQ(world.submit(keyed("hello", "k")).earlier.message.id, first);
  EXPECT_EQ(world.submit(keyed("other", "k")).kind, Kind::key_reused);
  EXPECT_EQ(world.submit(keyed("hello", "k", "bob")).kind, Kind::store);
  EXPECT_EQ(stored(), "2");
}

TEST_F(Repeats, SixtyFourConcurrentRequestsWithOneKeyStoreOneMessage) {
  ingest::Ingest ingest(world.queue, world.clock, world.ids, IngestConfig{}, RuleDefaults{}, {});
  std::vector<std::future<ingest::ScheduleResult>> answers;
  for (int i = 0; i < 64; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      auto one = keyed("hello", "k");
      one.request_hash = one.content_hash = std::string(64, '0');
      return ingest.schedule(one);
    }));
  }
  std::set<std::string> ids;
  int queued = 0;
  for (auto& answer : answers) {
    const auto scheduled = std::get<Scheduled>(answer.get());
    ids.insert(scheduled.id.value);
    queued += scheduled.kind == Scheduled::Kind::queued ? 1 : 0;
  }
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(queued, 1);
  EXPECT_EQ(stored(), "1");
}

TEST_F(Repeats, TheSameContentWithinTheWindowIsADuplicate) {
  const MessageId first = world.submitted(request("hello"));
  world.pass();
  world.clock.advance(30s - Duration{1});
  const auto again = world.submit(request("hello"));
  EXPECT_EQ(again.kind, Kind::duplicate);
  EXPECT_EQ(again.earlier.message.id, first);
  EXPECT_EQ(world.submit(request("hello", "bob")).kind, Kind::store);
  EXPECT_EQ(world.submit(request("hello?")).kind, Kind::store);
  world.clock.advance(Duration{1});
  EXPECT_EQ(world.submit(request("hello")).kind, Kind::store);
  EXPECT_EQ(world.sql.value("SELECT output_data ->> 'duplicate_of' FROM agent_actions_log "
                            "WHERE action_type = 'duplicate'"),
            first.value);
}

TEST_F(Repeats, AllowedOrCancelledRepetitionsAreNoDuplicates) {
  const MessageId first = world.submitted(request("hello"));
  auto meant = request("hello");
  meant.allow_duplicate = true;
  EXPECT_EQ(world.submit(meant).kind, Kind::store);

  world.submitted(request("sorry", "bob"));
  world.sql.run("UPDATE message_queue SET status = 'cancelled' WHERE user_id = 'bob'");
  EXPECT_EQ(world.submit(request("sorry", "bob")).kind, Kind::store);

  world.ingest_limits.duplicate_window = 0s;
  EXPECT_EQ(world.submit(request("hello")).kind, Kind::store);
}

TEST_F(Repeats, TheLimitCountsWaitingMessages) {
  world.ingest_limits.max_queue_per_user = 3;
  for (const char* text : {"1", "2", "3"}) EXPECT_EQ(world.submit(request(text)).kind, Kind::store);
  EXPECT_EQ(world.submit(request("4")).kind, Kind::queue_full);
  EXPECT_EQ(world.submit(request("4", "bob")).kind, Kind::store);
  world.pass();
  EXPECT_EQ(world.submit(request("4")).kind, Kind::store);
  world.ingest_limits.max_queue_per_user = 0;
  EXPECT_EQ(world.submit(request("5")).kind, Kind::store);
}

TEST_F(Repeats, ANewerMessageWithTheSameSupersedeKeyReplacesTheWaitingOne) {
  auto request_with = [&](const std::string& text, const std::string& user = "ann") {
    auto replaceable = request(text, user);
    replaceable.supersede_key = "score";
    return replaceable;
  };
  const MessageId old = world.submitted(request_with("1 : 0"));
  const MessageId others = world.submitted(request_with("1 : 0", "bob"));
  const MessageId recent = world.submitted(request_with("2 : 0"));
  EXPECT_EQ(world.status(old), "superseded");
  EXPECT_EQ(world.sql.value("SELECT concat_ws('|', superseded_by_message_id, superseded_reason) "
                            "FROM message_queue WHERE id = '" +
                            old.value + "'"),
            recent.value + "|superseded");
  EXPECT_EQ(world.status(others), "queued");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"2 : 0"});

  world.submitted(request_with("3 : 0"));
  EXPECT_EQ(world.status(recent), "sent");
}

TEST_F(Repeats, RowsOfOneSqlStatementSupersedeEachOther) {
  world.sql.run(R"(INSERT INTO message_queue (user_id, agent_id, message_data, supersede_key, scheduled_for)
                   SELECT 'ann', 'a', jsonb_build_object('content', i::text), 'k', '2026-11-20T12:00:00Z'
                   FROM generate_series(1, 5) AS i)");
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{"5"});
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM message_queue WHERE status = 'superseded'"), "4");
}

TEST_F(Repeats, ACancelledMessageIsNeverSent) {
  const MessageId message = world.submitted(request("hello"));
  using Outcome = Cancellation::Outcome;
  EXPECT_EQ(world.messages.cancel(message, "cancelled_by_request", world.clock.now()).outcome,
            Outcome::cancelled);
  EXPECT_EQ(world.messages.cancel(message, "cancelled_by_request", world.clock.now()).outcome,
            Outcome::cancelled);
  world.pass();
  EXPECT_EQ(world.sent_to("ann"), Texts{});
  EXPECT_EQ(world.reason(message), "cancelled_by_request");

  const MessageId sent = world.submitted(request("bye"));
  world.pass();
  const auto too_late = world.messages.cancel(sent, "cancelled_by_request", world.clock.now());
  EXPECT_EQ(too_late.outcome, Outcome::not_waiting);
  EXPECT_EQ(too_late.status, "sent");
  EXPECT_EQ(world.messages.cancel(MessageId{"nonsense"}, "x", world.clock.now()).outcome, Outcome::unknown);
}

TEST_F(Repeats, ContentsThatTheUsersRowHasNoRoomForAreRememberedWithinALongWindow) {
  world.ingest_limits.duplicate_window = 24h;
  const MessageId first = world.submitted(request("first"));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(world.submit(request(std::to_string(i))).kind, Kind::store);
  EXPECT_EQ(
      world.sql.value("SELECT cardinality(recent_contents) FROM user_message_budget WHERE user_id = 'ann'"),
      "32");
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM earlier_contents"), "19");
  const auto again = world.submit(request("first"));
  EXPECT_EQ(again.kind, Kind::duplicate);
  EXPECT_EQ(again.earlier.message.id, first);
  EXPECT_EQ(world.submit(request("first", "bob")).kind, Kind::store);
  world.clock.advance(24h);
  EXPECT_EQ(world.submit(request("first")).kind, Kind::store);
}

TEST_F(Repeats, AMessageThatWasCancelledIsNoReasonToRefuseItsContent) {
  const MessageId first = world.submitted(request("hello"));
  world.sql.run("UPDATE message_queue SET status = 'cancelled' WHERE id = '" + first.value + "'");
  EXPECT_EQ(world.submit(request("hello")).kind, Kind::store);
  EXPECT_EQ(world.submit(request("hello")).kind, Kind::duplicate);
}

TEST_F(Repeats, ARepeatedCallFindsItsOwnMessages) {
  world.ingest_limits.max_queue_per_user = 1;
  const Submission plain = world.draft_of(request("hello"));
  EXPECT_EQ(world.store(plain).kind, Kind::store);
  const Instant now = world.clock.now();
  const auto again = world.queue.submit({&plain}, {}, {now, now - 30s, 1, true});
  EXPECT_EQ(again.front().kind, Kind::stored_before);
  EXPECT_EQ(again.front().earlier.message.id, plain.id());
  auto unchecked = request("other", "bob");
  unchecked.allow_duplicate = true;
  const Submission other = world.draft_of(unchecked);
  for (const auto& [may_be_stored, kind] :
       {std::pair(false, Kind::store), std::pair(true, Kind::stored_before)})
    EXPECT_EQ(world.queue.submit({&other}, {}, {now, now, 1, may_be_stored}).front().kind, kind);
  EXPECT_EQ(stored(), "2");
}

}  // namespace
}  // namespace orchestrator
