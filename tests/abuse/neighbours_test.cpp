// Many connections that do nothing good, with good clients beside them: those must hardly notice.

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "abuse/crowd.hpp"
#include "abuse/good_clients.hpp"
#include "abuse/under_attack.hpp"
#include "support/eventually.hpp"
#include "support/posters.hpp"
#include "support/sanitizers.hpp"

namespace orchestrator::abuse {
namespace {

using namespace std::chrono_literals;
using support::request_text;

constexpr int kGoodClients = 8;
constexpr std::size_t kTrickling = 500;
constexpr auto kPhase = 1s;

// What p99 may become of. The aim is twice; the rest is for a machine of two cores on which everything,
// PostgreSQL, both kinds of clients and other programs, takes turns. A client that has to wait for a bad one
// waits for seconds.
constexpr auto kNoise = 500ms * support::kSlowness;

const std::string kHead = "POST /schedule-message HTTP/1.1\r\nHost: test\r\nX-Endless: ";
const std::string kHeadOfBody =
    "POST /schedule-message HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n{\"";

// Half of them send their heads, half their bodies, a byte each second, until they are cut off.
class Trickle {
 public:
  explicit Trickle(int port) : crowd_(port, kTrickling) {
    for (std::size_t who = 0; who < crowd_.size(); ++who) crowd_.say(who, who % 2 == 0 ? kHead : kHeadOfBody);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

 private:
  void run(const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any stopped;
    for (std::size_t who = 0; !stop.stop_requested(); ++who) {
      crowd_.say(who % kTrickling, "a");
      stopped.wait_for(lock, stop, 1s / kTrickling, [] { return false; });
    }
  }

  Crowd crowd_;
  std::jthread thread_;
};

class AbuseNeighbours : public UnderAttack {
 protected:
  static void SetUpTestSuite() {
    UnderAttack::SetUpTestSuite();
    support::Posters::add_users(running().sql, kGoodClients);
    post_for(200ms, port(), kGoodClients);  // the first requests open connections and fill caches
  }

  // Measures good clients by themselves and beside what `misbehave` does, in turns, so that what else goes on
  // on the machine befalls both.
  static void expect_good_clients_unmoved_by(const std::string& what,
                                             const std::function<std::shared_ptr<void>()>& misbehave) {
    constexpr int kRounds = 3;
    Measured calm;
    Measured beside;
    for (int round = 0; round < kRounds; ++round) {
      calm.add(post_for(kPhase, port(), kGoodClients));
      const auto misbehaving = misbehave();
      beside.add(post_for(kPhase, port(), kGoodClients));
    }
    const double ratio =
        static_cast<double>(beside.percentile(99).count()) / static_cast<double>(calm.percentile(99).count());
    std::printf(
        "%s: good clients' p99 %.1f ms beside them, %.1f ms without: %.2f times; %zu and %zu posts; %zu "
        "MiB\n",
        what.c_str(), static_cast<double>(beside.percentile(99).count()) / 1000,
        static_cast<double>(calm.percentile(99).count()) / 1000, ratio, beside.took.size(), calm.took.size(),
        vitals().resident_mib);
    EXPECT_EQ(calm.failed, 0);
    EXPECT_EQ(beside.failed, 0);
    EXPECT_LE(beside.percentile(99), 2 * calm.percentile(99) + kNoise);
    EXPECT_GE(beside.took.size() * 4 * support::kSlowness, calm.took.size());
  }
};

TEST_F(AbuseNeighbours, FiveHundredThatTrickle) {
  expect_good_clients_unmoved_by("500 trickling connections",
                                 [] { return std::make_shared<Trickle>(port()); });
}

TEST_F(AbuseNeighbours, FiveHundredThatSayNothing) {
  expect_good_clients_unmoved_by("500 silent connections",
                                 [] { return std::make_shared<Crowd>(port(), kTrickling); });
}

TEST_F(AbuseNeighbours, AHundredThatDoNotReadTheirAnswers) {
  std::string many;
  for (int i = 0; i < 2'000; ++i) many += request_text("GET", "/");
  expect_good_clients_unmoved_by("100 connections that do not read", [&] {
    auto crowd = std::make_shared<Crowd>(port(), 100 / support::kSlowness, Crowd::Reading::hardly);
    crowd->all_say(many);
    // Until then they are a flood of requests, and the machine's two cores are what everybody waits for.
    EXPECT_TRUE(support::eventually([&] { return crowd->count_answered() == crowd->size(); }));
    return crowd;
  });
}

TEST_F(AbuseNeighbours, FortyListenersThatDoNotRead) {
  expect_good_clients_unmoved_by("40 listeners that do not read", [] {
    auto crowd = std::make_shared<Crowd>(port(), 40, Crowd::Reading::hardly);
    crowd->all_say(request_text("GET", "/events", {}, "Last-Event-ID: \xff%00'garbage\r\n"));
    return crowd;
  });
  EXPECT_TRUE(support::eventually([] { return ask("GET", "/queue-stats").status == 200; }));
}

TEST_F(AbuseNeighbours, WhoHangsUpInTheMiddleLeavesNothingBehind) {
  const Vitals before = vitals();
  const std::string whole =
      request_text("POST", "/schedule-message", support::message_body("ann", "abandoned").dump());
  for (const std::size_t sent :
       {std::size_t{0}, std::size_t{1}, std::size_t{40}, whole.size() - 1, whole.size()}) {
    Crowd closing(port(), 50);
    closing.all_say(std::string_view(whole).substr(0, sent));
    Crowd half_closed(port(), 50);
    half_closed.all_say(std::string_view(whole).substr(0, sent));
    half_closed.stop_sending();
    Crowd resetting(port(), 50);
    resetting.all_say(std::string_view(whole).substr(0, sent));
    resetting.reset();
    EXPECT_TRUE(support::eventually([&] { return half_closed.count_answered() == half_closed.size(); }));
  }
  const auto is_as_before = [&] {
    const Vitals now = vitals();
    return now.descriptors <= before.descriptors + 2 && now.threads <= before.threads + 2;
  };
  EXPECT_TRUE(support::eventually(is_as_before, 15s))
      << vitals().descriptors << " descriptors, before " << before.descriptors << "; " << vitals().threads
      << " threads, before " << before.threads;
}

TEST_F(AbuseNeighbours, TwoThousandConnectionsAreRefusedOrServed) {
  Crowd crowd(port(), 2'000);
  crowd.all_say("GET /health HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_TRUE(support::eventually([&] { return crowd.count_answered() == crowd.size(); }));
}

}  // namespace
}  // namespace orchestrator::abuse
