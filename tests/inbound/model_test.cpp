// Random people and random agents against the oracle: bursts, repeats, failures, crashes, late answers.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "inbound/reference.hpp"
#include "support/inbound_world.hpp"

namespace orchestrator::inbound {
namespace {

using inbound_model::Person;
using inbound_model::Reference;
using support::InboundWorld;

constexpr int kPeople = 7;

InboundConfig small_config() {
  InboundConfig config;
  config.max_waiting_per_contact = Reference::kMaxWaiting;
  config.max_concurrent_contacts = Reference::kMaxInProcess;
  return config;
}

class Life {
 public:
  explicit Life(unsigned seed) : random_(seed) {}

  void live(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) step();
    // Everybody answers from now on, until nothing is left.
    for (int i = 0; i < 400 && !is_over(); ++i) {
      world_.clock.advance(std::chrono::seconds{1});
      claim(100);
      while (!held_.empty()) answer(held_.size() - 1, true);
    }
    EXPECT_TRUE(is_over());
  }

  void check() {
    std::int64_t replies = 0;
    for (const auto& [contact, person] : reference_.people()) check_person(contact, person, replies);
    const auto stats = world_.contacts.stats(world_.clock.now());
    EXPECT_EQ(stats.received, heard_);
    EXPECT_EQ(stats.duplicates, duplicates_);
    EXPECT_EQ(stats.received,
              stats.duplicates + stats.dropped + stats.flushed + stats.processed + stats.failed)
        << "every message has one outcome";
    EXPECT_EQ(stats.messages_waiting + stats.contacts_in_process, 0u);
    EXPECT_GT(stats.turns, 0);
    EXPECT_EQ(std::to_string(replies),
              world_.sql.value("SELECT count(*) FROM messages WHERE purpose = 'reply'"));
  }

 private:
  // A turn that an agent holds, or believes to hold.
  struct Held {
    std::string contact;
    std::string id;
    std::string token;
  };

  int draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::string somebody() { return "person_" + std::to_string(draw(kPeople)); }

  void step() {
    world_.clock.advance(std::chrono::milliseconds{draw(10) == 0 ? draw(40'000) : draw(1'200)});
    const int what = draw(100);
    if (what < 45) return hear();
    if (what < 70) return claim(1 + static_cast<std::size_t>(draw(4)));
    if (what < 88)
      return held_.empty() ? void() : answer(static_cast<std::size_t>(draw(int(held_.size()))), draw(4) > 0);
    if (what < 92) return held_.empty() ? void() : renew(static_cast<std::size_t>(draw(int(held_.size()))));
    if (what < 95) return sweep();
    if (what < 97) return steer();
    if (!held_.empty() && what == 97) held_.erase(held_.begin() + draw(int(held_.size())));  // an agent dies
  }

  void hear() {
    const std::string contact = somebody();
    std::string id = "m" + std::to_string(next_id_++);
    if (draw(8) == 0) id = "m" + std::to_string(draw(next_id_));  // the gateway repeats itself, or seems to
    const std::string text = "words " + std::to_string(draw(draw(5) == 0 ? 3 : 1'000'000));
    const bool is_new =
        reference_.hear(contact, id, text, world_.clock.now()) == Reference::Hearing::accepted;
    ++heard_;
    duplicates_ += is_new ? 0 : 1;
    EXPECT_EQ(world_.says(contact, text, id).kind, is_new ? Receipt::Kind::queued : Receipt::Kind::duplicate)
        << contact << ' ' << id << ' ' << text;
  }

  void claim(std::size_t limit) {
    const Instant now = world_.clock.now();
    reference_.expire(now);
    const auto due = reference_.due(now);
    const std::size_t room = Reference::kMaxInProcess - reference_.in_process();
    const auto turns = world_.turns.claim(limit, now);
    EXPECT_EQ(turns.size(), std::min({due.size(), limit, room}));
    const std::set<std::string> may_come(due.begin(), due.end());
    for (const Turn& turn : turns) {
      ASSERT_TRUE(may_come.contains(turn.contact_id)) << turn.contact_id << " had no turn to come";
      const auto expected = reference_.take(turn.contact_id, turn.id, turn.token, now);
      std::vector<std::string> messages;
      for (const auto& message : turn.messages) messages.push_back(message.provider_id.value());
      EXPECT_EQ(messages, expected) << turn.contact_id;
      EXPECT_EQ(turn.attempt, reference_.attempt_of(turn.contact_id));
      held_.push_back({turn.contact_id, turn.id, turn.token});
    }
  }

  void answer(std::size_t which, bool success) {
    const Held held = held_[which];
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(which));
    const std::string response = draw(4) == 0 ? "" : "reply " + std::to_string(draw(3));
    const bool counts = reference_.answer(held.contact, held.token, response, success, world_.clock.now());
    const AgentAnswer answer{success, response, "no model", "bot_1"};
    const auto outcome = world_.turns.finish(held.id, held.token, answer, world_.clock.now()).outcome;
    EXPECT_EQ(outcome != TurnOutcome::stale || !success, counts || !success) << held.contact;
    if (counts && success) {
      EXPECT_EQ(outcome, TurnOutcome::done);
    }
  }

  void renew(std::size_t which) {
    const Held& held = held_[which];
    const bool counts = reference_.renew(held.contact, held.token, world_.clock.now());
    EXPECT_EQ(world_.turns.renew(held.id, held.token, world_.clock.now()).has_value(), counts);
  }

  void sweep() {
    reference_.expire(world_.clock.now());
    world_.turns.recover_expired(world_.clock.now());
  }

  void steer() {
    if (reference_.people().empty()) return;
    auto who = reference_.people().begin();
    std::advance(who, draw(int(reference_.people().size())));
    const std::string contact = who->first;
    const Instant now = world_.clock.now();
    if (draw(2) == 0) {
      EXPECT_EQ(world_.contacts.unlock(contact, std::nullopt, now),
                reference_.unlock(contact, now) ? 1u : 0u);
    } else {
      EXPECT_EQ(world_.contacts.flush(contact, std::nullopt, now), reference_.flush(contact, now));
    }
  }

  bool is_over() const {
    return std::ranges::all_of(reference_.people(), [](const auto& entry) {
      return entry.second.waiting.empty() && !entry.second.turn;
    });
  }

  void check_person(const std::string& contact, const Person& person, std::int64_t& replies) {
    const auto rows =
        world_.sql.column("SELECT provider_message_id || ' ' || status FROM inbound_queue WHERE user_id = '" +
                          contact + "' AND status <> 'duplicate' ORDER BY position");
    std::vector<std::string> expected;
    for (const auto& said : person.accepted) expected.push_back(said.id + " " + person.outcome.at(said.id));
    EXPECT_EQ(rows, expected) << contact;
    std::vector<std::string> said;
    for (const auto& [reply, at] : person.replies) said.push_back(reply);
    EXPECT_EQ(world_.sent_to(contact), said) << contact;
    replies += static_cast<std::int64_t>(said.size());
  }

  std::mt19937 random_;
  InboundWorld world_{small_config()};
  Reference reference_;
  std::vector<Held> held_;
  int next_id_ = 1;
  std::int64_t heard_ = 0;
  std::int64_t duplicates_ = 0;
};

TEST(InboundModel, RandomLivesGoAsTheOracleSays) {
  const char* more = std::getenv("ORCHESTRATOR_MODEL_SEEDS");
  const unsigned lives = more == nullptr ? 6 : static_cast<unsigned>(std::atoi(more));
  for (unsigned seed = 1; seed <= lives; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life life(seed);
    life.live(500);
    life.check();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace orchestrator::inbound
