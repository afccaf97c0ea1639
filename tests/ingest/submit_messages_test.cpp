// submit_messages() against the oracle: random groups of requests of few users, keys and texts, so that they
// repeat each other within a group and across groups.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "ingest/admission_oracle.hpp"
#include "ingest/immediate_promotion.hpp"
#include "support/world.hpp"
#include "text/digest.hpp"

namespace orchestrator::ingest {
namespace {

using support::World;

constexpr int kGroups = 250;
constexpr int kMaxWaiting = 6;

class RandomRequests {
 public:
  explicit RandomRequests(unsigned seed) : random_(seed) {}

  Submission next(World& world) {
    const std::string text = "text " + std::to_string(draw(3));
    const std::size_t parts = draw(6) == 0 ? 3 : 1;
    ScheduleRequest request{.user = UserId{draw(12) == 0 ? "absent" : "user" + std::to_string(draw(3))},
                            .agent = AgentId{"agent"},
                            .priority = static_cast<Priority>(draw(4)),
                            .scheduled_for = world.clock.now() + std::chrono::seconds{draw(100)},
                            .allow_duplicate = draw(4) == 0};
    request.parts.assign(parts, R"({"content": ")" + text + "\"}");
    request.content_hash = hash_of(text + std::to_string(parts));
    request.request_hash = hash_of(text + std::to_string(draw(2)));
    if (draw(3) == 0) request.idempotency_key = "key " + std::to_string(draw(4));
    Submission submission;
    for (std::size_t part = 0; part < parts; ++part)
      submission.ids.push_back(world.ids.next(world.clock.now(), request.user));
    submission.request = std::move(request);
    return submission;
  }

  int draw(int below) { return std::uniform_int_distribution{0, below - 1}(random_); }

 private:
  static std::string hash_of(const std::string& text) { return text::sha256_hex(text); }

  std::mt19937 random_;
};

// What was stored, as the oracle's facts need it.
class Memory {
 public:
  SubmissionFacts facts_of(const Submission& submission, Instant duplicates_since) const {
    const ScheduleRequest& request = submission.request;
    SubmissionFacts facts;
    facts.user_exists = request.user.value != "absent";
    for (const auto& [at, stored] : stored_) {
      if (stored.request.user != request.user) continue;
      ++facts.waiting;
      const SubmissionFacts::Earlier earlier{stored.id(), stored.request.scheduled_for,
                                             stored.request.request_hash};
      if (request.idempotency_key && stored.request.idempotency_key == request.idempotency_key)
        facts.same_key = earlier;
      if (!facts.same_content && at > duplicates_since && stored.request.content_hash == request.content_hash)
        facts.same_content = earlier;
    }
    return facts;
  }

  void add(Instant at, const Submission& submission) { stored_.emplace_back(at, submission); }

  void forget_those_of(const std::string& user) {
    std::erase_if(stored_, [&](const auto& entry) { return entry.second.request.user.value == user; });
  }

 private:
  std::vector<std::pair<Instant, Submission>> stored_;
};

void expect_same(const std::vector<Admission>& actual, const std::vector<Admission>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    SCOPED_TRACE("request " + std::to_string(i));
    ASSERT_EQ(actual[i].kind, expected[i].kind);
    const bool names_earlier =
        expected[i].kind == Admission::Kind::replayed || expected[i].kind == Admission::Kind::duplicate;
    if (!names_earlier) continue;
    ASSERT_EQ(actual[i].earlier.message.id, expected[i].earlier.message.id);
    ASSERT_EQ(actual[i].earlier.message.scheduled_for, expected[i].earlier.message.scheduled_for);
  }
}

TEST(SubmitMessages, DecidesAsTheOracle) {
  World world;
  for (const char* user : {"user0", "user1", "user2"}) world.add_user(user);
  RandomRequests requests(20261127);
  Memory memory;
  IngestConfig limits;
  limits.max_queue_per_user = kMaxWaiting;
  std::map<Admission::Kind, int> seen;
  for (int group = 0; group < kGroups; ++group) {
    SCOPED_TRACE("group " + std::to_string(group));
    std::vector<Submission> submissions;
    for (int i = 1 + requests.draw(8); i > 0; --i) submissions.push_back(requests.next(world));
    std::vector<const Submission*> pointers;
    std::vector<SubmissionFacts> facts;
    const Instant now = world.clock.now();
    for (const auto& submission : submissions) {
      pointers.push_back(&submission);
      facts.push_back(memory.facts_of(submission, now - limits.duplicate_window));
    }
    const auto submit = [&] {
      return world.queue.submit(pointers, {},
                                {now, now - limits.duplicate_window, limits.max_queue_per_user});
    };
    const auto expected = admit(pointers, facts, limits);
    const auto actual = submit();
    expect_same(actual, expected);
    if (testing::Test::HasFatalFailure()) return;
    for (std::size_t i = 0; i < submissions.size(); ++i) {
      ++seen[actual[i].kind];
      if (actual[i].kind == Admission::Kind::store) memory.add(now, submissions[i]);
    }
    world.clock.advance(std::chrono::seconds{requests.draw(20)});
    if (requests.draw(10) == 0) {
      const std::string user = "user" + std::to_string(requests.draw(3));
      world.sql.run("DELETE FROM message_queue WHERE user_id = '" + user + "'");
      memory.forget_those_of(user);
    }
  }
  for (const auto kind :
       {Admission::Kind::store, Admission::Kind::unknown_user, Admission::Kind::replayed,
        Admission::Kind::duplicate, Admission::Kind::key_reused, Admission::Kind::queue_full}) {
    EXPECT_GT(seen[kind], 10) << static_cast<int>(kind);
  }
}

// Groups in which some messages are promoted and others are not.
TEST(SubmitMessages, ArmsTheUsersWhoseMessagesWaitAndNoOthers) {
  constexpr int kUsers = 9;
  World world;
  for (int user = 0; user < kUsers; ++user) world.add_user("user" + std::to_string(user));
  RandomRequests requests(20261127);
  int promoted = 0;
  int waiting = 0;
  for (int group = 0; group < kGroups; ++group) {
    SCOPED_TRACE("group " + std::to_string(group));
    const Instant now = world.clock.now();
    std::vector<Submission> submissions;
    std::vector<const Submission*> pointers;
    for (int i = 1 + requests.draw(kUsers); i > 0; --i) {
      Submission submission = requests.next(world);
      submission.request.user = UserId{"user" + std::to_string(requests.draw(kUsers))};
      for (MessageId& id : submission.ids) id = world.ids.next(now, submission.request.user);
      submission.request.idempotency_key.reset();
      if (requests.draw(4) > 0) submission.request.scheduled_for = now;
      submissions.push_back(std::move(submission));
    }
    for (const Submission& submission : submissions) pointers.push_back(&submission);
    const auto promotions = decide_promotions(world.queue, pointers, now, world.ids, world.rules);
    for (const Admission& admission : world.queue.submit(pointers, promotions, {now, now})) {
      ASSERT_TRUE(admission.kind == Admission::Kind::store || admission.kind == Admission::Kind::promoted);
      ++(admission.kind == Admission::Kind::promoted ? promoted : waiting);
    }
    ASSERT_EQ(
        world.sql.value("SELECT count(*) FROM user_message_budget AS budget LEFT JOIN ("
                        "  SELECT user_id, min(scheduled_for) AS due, min(priority) <= 'high' AS express "
                        "  FROM message_queue WHERE status = 'queued' AND ready GROUP BY user_id"
                        ") AS waiting USING (user_id) "
                        "WHERE next_attempt_at IS DISTINCT FROM greatest(due, CASE WHEN due IS NOT NULL THEN "
                        "blocked_until END) "
                        "   OR budget.express <> coalesce(waiting.express, false)"),
        "0");
    if (requests.draw(3) == 0)
      world.sql.run(
          "DELETE FROM message_queue; UPDATE user_message_budget "
          "SET next_attempt_at = NULL, express = false");
    world.clock.advance(std::chrono::seconds{requests.draw(3) == 0 ? 5000 : 10});
  }
  EXPECT_GT(promoted, kGroups / 4);
  EXPECT_GT(waiting, kGroups / 2);
}

}  // namespace
}  // namespace orchestrator::ingest
