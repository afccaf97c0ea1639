// The limit on turns in process holds over all instances, and their claims do not wait for each other.
#include <gtest/gtest.h>

#include <mutex>
#include <random>
#include <thread>

#include "support/inbound_world.hpp"

namespace orchestrator::inbound {
namespace {

using std::chrono::seconds;
using support::InboundWorld;

InboundConfig config_with(int places) {
  InboundConfig config;
  config.max_concurrent_contacts = places;
  return config;
}

class TurnPlaces : public ::testing::Test {
 protected:
  explicit TurnPlaces(int places = 2) : world(config_with(places)) {}

  std::size_t claims(storage::TurnStore& store, std::size_t limit = 10) {
    const auto claimed = store.claim(limit, world.clock.now());
    taken.insert(taken.end(), claimed.begin(), claimed.end());
    return claimed.size();
  }
  TurnResult answers(storage::TurnStore& store, const Turn& turn) {
    return store.finish(turn.id, turn.token, {.success = true}, world.clock.now());
  }

  InboundWorld world;
  storage::Database other_database{Secret{world.url()}, 8};
  storage::TurnStore& first = world.turns;
  storage::TurnStore second{other_database, world.inbound_rules, world.ids};
  std::vector<Turn> taken;
};

TEST_F(TurnPlaces, AreFreedByAnyInstance) {
  for (int i = 0; i < 8; ++i) world.says("contact_" + std::to_string(i), "Hello");
  EXPECT_EQ(claims(first), 2u);
  EXPECT_EQ(claims(second), 0u);
  EXPECT_EQ(answers(second, taken[0]).outcome, TurnOutcome::done);
  EXPECT_EQ(claims(second), 1u) << "an answer through another instance frees the place";
  EXPECT_EQ(world.contacts.unlock(taken[1].contact_id, world.clock.now()), 1u);
  world.says("contact_9", "Hello");
  EXPECT_EQ(claims(first), 1u) << "so does an operator";
  world.clock.advance(seconds{20});
  EXPECT_TRUE(second.renew(taken[2].id, taken[2].token, world.clock.now()));
  EXPECT_EQ(claims(second), 0u) << "a renewed turn keeps its place";
  world.clock.advance(seconds{15});
  EXPECT_EQ(claims(second), 1u) << "an expired lease frees the place, that of the renewed turn stays";
  EXPECT_EQ(claims(first), 0u);
  EXPECT_EQ(world.sql.value("SELECT count(*) || ' ' || count(DISTINCT turn_place) || ' ' || max(turn_place) "
                            "FROM inbound_contacts WHERE token IS NOT NULL"),
            "2 2 2");
  EXPECT_EQ(
      world.sql.value("SELECT count(*) FROM inbound_contacts WHERE token IS NULL AND turn_place IS NOT NULL"),
      "0");
}

TEST_F(TurnPlaces, OfAClaimThatIsNotCommittedAreTaken) {
  for (const std::string contact : {"ana", "bea", "cem"}) world.says(contact, "Hello");
  support::Sql frozen(world.url());
  pqxx::work claim(frozen.connection());
  const auto row = claim.exec_params1(
      "SELECT user_id FROM orchestrator.claim_turns(1, 2, 5, NULL, false, $1::timestamptz, $1::timestamptz + "
      "interval '30 s')",
      format_instant(world.clock.now()));
  EXPECT_EQ(claims(second), 1u) << "without waiting for the other claim";
  EXPECT_NE(taken[0].user.value, row[0].as<std::string>());
  EXPECT_EQ(claims(second), 0u);
  claim.abort();  // as when its instance is killed
  EXPECT_EQ(claims(second), 1u);
}

class ManyTurnPlaces : public TurnPlaces {
 protected:
  ManyTurnPlaces() : TurnPlaces(5) {}
};

// The index and the constraint turn a place that is given twice, or does not exist, into an error of a claim.
TEST_F(ManyTurnPlaces, AreNeverGivenTwice) {
  constexpr int kPeople = 60;
  constexpr int kRounds = 4;
  world.sql.run(
      "CREATE UNIQUE INDEX ON inbound_contacts (turn_place) WHERE token IS NOT NULL;"
      "ALTER TABLE inbound_contacts ADD CHECK (token IS NULL = (turn_place IS NULL) AND turn_place BETWEEN 1 "
      "AND 5)");
  for (int message = 0; message < kRounds; ++message) {
    for (int i = 0; i < kPeople; ++i) {
      world.says("contact_" + std::to_string(i), "text " + std::to_string(message));
      if (message > 1) world.clock.advance(std::chrono::milliseconds{100});
    }
    world.clock.advance(seconds{61});
  }
  std::mutex mutex;
  std::vector<Turn> open;
  std::atomic<int> done = 0;
  std::atomic<int> abandoned = 0;
  const auto work = [&](storage::TurnStore& store, unsigned seed) {
    std::mt19937 random(seed);
    for (int round = 0; round < 400 && done < kPeople; ++round) {
      const auto claimed = store.claim(1 + random() % 3, world.clock.now());
      const std::lock_guard lock(mutex);
      EXPECT_LE(claimed.size(), 3u);
      open.insert(open.end(), claimed.begin(), claimed.end());
      std::shuffle(open.begin(), open.end(), random);
      while (!open.empty() && random() % 4 > 0) {
        const Turn turn = open.back();
        open.pop_back();
        if (abandoned < 10 && random() % 8 == 0) {  // its agent has died: the lease expires
          ++abandoned;
          world.clock.advance(seconds{32});
        } else if (answers(store, turn).outcome == TurnOutcome::done) {
          ++done;
        }
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < 6; ++i) threads.emplace_back(work, std::ref(i % 2 == 0 ? first : second), i);
  }
  for (const Turn& turn : open) answers(first, turn);
  const auto is_answered = [&] {
    return world.sql.value("SELECT count(next_turn_at) FROM inbound_contacts") == "0";
  };
  for (int i = 0; i < 100 && !is_answered(); ++i) {
    world.clock.advance(seconds{40});
    taken.clear();
    claims(second);
    for (const Turn& turn : taken) answers(first, turn);
  }
  EXPECT_GT(abandoned, 0);
  EXPECT_EQ(world.sql.value("SELECT count(*) FROM inbound_queue WHERE status IN ('waiting', 'processing')"),
            "0");
  EXPECT_EQ(world.sql.value("SELECT count(turn_place) FROM inbound_contacts"), "0");
}

}  // namespace
}  // namespace orchestrator::inbound
