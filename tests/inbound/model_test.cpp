// Random contacts and agents, compared with the oracle: bursts, repeats, failures, crashes and late answers.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "inbound/reference.hpp"
#include "support/inbound_world.hpp"

namespace orchestrator::inbound {
namespace {

using inbound_model::ContactState;
using inbound_model::Reference;
using support::InboundWorld;

constexpr int kContacts = 7;

InboundConfig small_config() {
  InboundConfig config;
  config.max_waiting_per_contact = Reference::kMaxWaiting;
  config.max_concurrent_contacts = Reference::kMaxInProcess;
  return config;
}

class Simulation {
 public:
  explicit Simulation(unsigned seed) : random_(seed) {}

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) step();
    // From here on every agent answers, until no message is left.
    for (int i = 0; i < 400 && !is_finished(); ++i) {
      world_.clock.advance(std::chrono::seconds{1});
      claim(100);
      while (!claimed_.empty()) answer(claimed_.size() - 1, true);
    }
    EXPECT_TRUE(is_finished());
  }

  void check() {
    std::int64_t replies = 0;
    for (const auto& [contact, state] : reference_.contacts()) check_contact(contact, state, replies);
    const auto stats = world_.contacts.stats(world_.clock.now());
    EXPECT_EQ(stats.received, received_);
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
  // A turn that an agent works on, possibly with a token that is stale by now.
  struct ClaimedTurn {
    std::string contact;
    std::string id;
    std::string token;
  };

  int draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::string random_contact() { return "contact_" + std::to_string(draw(kContacts)); }

  void step() {
    world_.clock.advance(std::chrono::milliseconds{draw(10) == 0 ? draw(40'000) : draw(1'200)});
    const int action = draw(100);
    if (action < 45) return receive();
    if (action < 70) return claim(1 + static_cast<std::size_t>(draw(4)));
    if (action >= 92 && action < 95) return sweep();
    if (action >= 95 && action < 97) return operate();
    if (claimed_.empty()) return;
    if (action < 88) return answer(random_claim(), draw(4) > 0);
    if (action < 92) return renew(random_claim());
    if (action == 97) crash(random_claim());
  }

  std::size_t random_claim() { return static_cast<std::size_t>(draw(static_cast<int>(claimed_.size()))); }

  void crash(std::size_t index) { claimed_.erase(claimed_.begin() + static_cast<std::ptrdiff_t>(index)); }

  void receive() {
    const std::string contact = random_contact();
    std::string id = "m" + std::to_string(next_id_++);
    // A repeat by the gateway, or an id that it used for another contact.
    if (draw(8) == 0) id = "m" + std::to_string(draw(next_id_));
    const std::string text = "text " + std::to_string(draw(draw(5) == 0 ? 3 : 1'000'000));
    const bool is_new = reference_.receive(contact, id, text, world_.clock.now());
    ++received_;
    duplicates_ += is_new ? 0 : 1;
    EXPECT_EQ(world_.says(contact, text, id).kind, is_new ? Receipt::Kind::queued : Receipt::Kind::duplicate)
        << contact << ' ' << id << ' ' << text;
  }

  void claim(std::size_t limit) {
    const Instant now = world_.clock.now();
    reference_.end_expired_leases(now);
    const auto due = reference_.due_contacts(now);
    const std::size_t room = Reference::kMaxInProcess - reference_.in_process();
    const auto turns = world_.turns.claim(limit, now);
    EXPECT_EQ(turns.size(), std::min({due.size(), limit, room}));
    const std::set<std::string> expected_contacts(due.begin(), due.end());
    for (const Turn& turn : turns) {
      ASSERT_TRUE(expected_contacts.contains(turn.contact_id)) << turn.contact_id << " has no due turn";
      const auto expected = reference_.claim(turn.contact_id, turn.id, turn.token, now);
      std::vector<std::string> messages;
      for (const auto& message : turn.messages) messages.push_back(message.provider_id.value());
      EXPECT_EQ(messages, expected) << turn.contact_id;
      EXPECT_EQ(turn.attempt, reference_.attempt_of(turn.contact_id));
      claimed_.push_back({turn.contact_id, turn.id, turn.token});
    }
  }

  void answer(std::size_t index, bool success) {
    const ClaimedTurn turn = claimed_[index];
    claimed_.erase(claimed_.begin() + static_cast<std::ptrdiff_t>(index));
    const std::string response = draw(4) == 0 ? "" : "reply " + std::to_string(draw(3));
    const bool is_current =
        reference_.answer(turn.contact, turn.token, response, success, world_.clock.now());
    const AgentAnswer answer{success, response, "no model", "bot_1"};
    const auto outcome = world_.turns.finish(turn.id, turn.token, answer, world_.clock.now()).outcome;
    EXPECT_EQ(outcome != TurnOutcome::stale || !success, is_current || !success) << turn.contact;
    if (is_current && success) {
      EXPECT_EQ(outcome, TurnOutcome::done);
    }
  }

  void renew(std::size_t index) {
    const ClaimedTurn& turn = claimed_[index];
    const bool is_current = reference_.renew(turn.contact, turn.token, world_.clock.now());
    EXPECT_EQ(world_.turns.renew(turn.id, turn.token, world_.clock.now()).has_value(), is_current);
  }

  void sweep() {
    reference_.end_expired_leases(world_.clock.now());
    world_.turns.recover_expired(world_.clock.now());
  }

  void operate() {
    if (reference_.contacts().empty()) return;
    auto chosen = reference_.contacts().begin();
    std::advance(chosen, draw(int(reference_.contacts().size())));
    const std::string contact = chosen->first;
    const Instant now = world_.clock.now();
    if (draw(2) == 0) {
      EXPECT_EQ(world_.contacts.unlock(contact, now), reference_.unlock(contact, now) ? 1u : 0u);
    } else {
      EXPECT_EQ(world_.contacts.flush(contact, now), reference_.flush(contact, now));
    }
  }

  bool is_finished() const {
    return std::ranges::all_of(reference_.contacts(), [](const auto& entry) {
      return entry.second.waiting.empty() && !entry.second.turn;
    });
  }

  void check_contact(const std::string& contact, const ContactState& state, std::int64_t& replies) {
    const auto rows =
        world_.sql.column("SELECT provider_message_id || ' ' || status FROM inbound_queue WHERE user_id = '" +
                          contact + "' AND status <> 'duplicate' ORDER BY position");
    std::vector<std::string> expected;
    for (const auto& text : state.accepted) expected.push_back(text.id + " " + state.outcome.at(text.id));
    EXPECT_EQ(rows, expected) << contact;
    std::vector<std::string> sent;
    for (const auto& [reply, at] : state.replies) sent.push_back(reply);
    EXPECT_EQ(world_.sent_to(contact), sent) << contact;
    replies += static_cast<std::int64_t>(sent.size());
  }

  std::mt19937 random_;
  InboundWorld world_{small_config()};
  Reference reference_;
  std::vector<ClaimedTurn> claimed_;
  int next_id_ = 1;
  std::int64_t received_ = 0;
  std::int64_t duplicates_ = 0;
};

TEST(InboundModel, AgreesWithTheOracleOnRandomRuns) {
  const char* more = std::getenv("ORCHESTRATOR_MODEL_SEEDS");
  const unsigned runs = more == nullptr ? 6 : static_cast<unsigned>(std::atoi(more));
  for (unsigned seed = 1; seed <= runs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation simulation(seed);
    simulation.run(500);
    simulation.check();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace orchestrator::inbound
