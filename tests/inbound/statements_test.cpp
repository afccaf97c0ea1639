// How many statements a message and its turn take, counted on the connection: BEGIN and COMMIT count, too.
#include <gtest/gtest.h>

#include "chaos/proxy.hpp"
#include "support/inbound_world.hpp"

namespace orchestrator::inbound {
namespace {

using support::InboundWorld;
using support::incoming;

class InboundStatements : public ::testing::Test {
 protected:
  std::size_t receive(const std::string& text) {
    return counted([&] { inbound.receive({{{}, incoming("ana", text)}}, world.clock.now()); });
  }
  std::size_t claim() {
    return counted([&] { turn = turns.claim(1, world.clock.now()).at(0); });
  }
  std::size_t answer(const std::string& response) {
    const AgentAnswer answer{.success = true, .response = response, .error = "", .agent = "bot"};
    return counted([&] {
      EXPECT_EQ(turns.finish(turn.id, turn.token, answer, world.clock.now()).outcome, TurnOutcome::done);
    });
  }

  template <class Work>
  std::size_t counted(const Work& work) {
    const std::size_t before = proxy.requests();
    work();
    return proxy.requests() - before;
  }

  InboundWorld world;
  chaos::Failpoints no_faults{1};
  // libpq's own syntax: host='DIRECTORY' port=5432 …
  std::string socket_directory() {
    const std::string url = world.url();
    const std::size_t from = url.find('\'') + 1;
    return url.substr(from, url.find('\'', from) - from);
  }
  chaos::Proxy proxy{
      {socket_directory(), 5432}, no_faults, {.kill = [] {}, .is_ending = [] { return false; }}};
  storage::Database database{Secret{world.url() + " host=127.0.0.1 sslmode=disable gssencmode=disable port=" +
                                    std::to_string(proxy.port())},
                             1};
  storage::InboundStore inbound{database, world.inbound_rules, world.ids};
  storage::TurnStore turns{database, world.inbound_rules, world.ids};
  Turn turn;
};

TEST_F(InboundStatements, AMessageAndItsTurnTakeTwelveAtMost) {
  EXPECT_GT(receive("the first message creates the user"), 4u);
  claim();
  answer("and the first statements are prepared");
  std::size_t total = receive("the second");
  EXPECT_LE(total, 5u) << "more than to find the user, BEGIN, one call, COMMIT, and to discard old plans";
  total += claim();
  total += answer("a reply");
  EXPECT_LE(total, 12u);
  EXPECT_EQ(world.sent_to("ana").size(), 2u);
}

}  // namespace
}  // namespace orchestrator::inbound
