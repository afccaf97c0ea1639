// Many hostile connections beside normal clients, whose latency must hardly change.

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "abuse/abuse_fixture.hpp"
#include "abuse/hostile_connections.hpp"
#include "abuse/normal_clients.hpp"
#include "support/eventually.hpp"
#include "support/posters.hpp"
#include "support/sanitizers.hpp"

namespace orchestrator::abuse {
namespace {

using namespace std::chrono_literals;
using support::request_text;

constexpr int kNormalClients = 8;
constexpr std::size_t kHostileConnections = 500;
constexpr auto kPhase = 1s;

// Added to the limit of p99, which is twice the undisturbed value. PostgreSQL, both kinds of clients and
// other programs share two cores. A client that has to wait for a hostile one waits for seconds.
const auto kNoise = 500ms * support::kSlowness;

const std::string kIncompleteHead = "POST /schedule-message HTTP/1.1\r\nHost: test\r\nX-Endless: ";
const std::string kIncompleteBody =
    "POST /schedule-message HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n{\"";

// Half of the connections send a request head, half a body, one byte per second until the server closes them.
class SlowSenders {
 public:
  explicit SlowSenders(int port) : connections_(port, kHostileConnections) {
    for (std::size_t i = 0; i < connections_.count(); ++i)
      connections_.send(i, i % 2 == 0 ? kIncompleteHead : kIncompleteBody);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

 private:
  void run(const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any stopped;
    for (std::size_t i = 0; !stop.stop_requested(); ++i) {
      connections_.send(i % kHostileConnections, "a");
      stopped.wait_for(lock, stop, 1s / kHostileConnections, [] { return false; });
    }
  }

  HostileConnections connections_;
  std::jthread thread_;
};

class AbuseNeighbours : public AbuseFixture {
 protected:
  static void SetUpTestSuite() {
    AbuseFixture::SetUpTestSuite();
    support::Posters::add_users(running().sql, kNormalClients);
    post_for(200ms, port(), kNormalClients);  // warm-up: opens connections and fills caches
  }

  // Measures normal clients alone and beside what `start_attack` starts. Both phases alternate, so that other
  // load on the machine affects both.
  static void expect_normal_clients_unaffected_by(
      const std::string& what, const std::function<std::shared_ptr<void>()>& start_attack) {
    constexpr int kRounds = 3;
    PostLatencies alone;
    PostLatencies beside;
    for (int round = 0; round < kRounds; ++round) {
      alone.add(post_for(kPhase, port(), kNormalClients));
      const auto attack = start_attack();
      beside.add(post_for(kPhase, port(), kNormalClients));
    }
    const double ratio = static_cast<double>(beside.percentile(99).count()) /
                         static_cast<double>(alone.percentile(99).count());
    std::printf(
        "%s: p99 of normal clients %.1f ms beside them, %.1f ms alone: ratio %.2f; %zu and %zu posts; %zu "
        "MiB\n",
        what.c_str(), static_cast<double>(beside.percentile(99).count()) / 1000,
        static_cast<double>(alone.percentile(99).count()) / 1000, ratio, beside.accepted.size(),
        alone.accepted.size(), process_stats().resident_mib);
    EXPECT_EQ(alone.failed, 0);
    EXPECT_EQ(beside.failed, 0);
    EXPECT_LE(beside.percentile(99), 2 * alone.percentile(99) + kNoise);
    EXPECT_GE(beside.accepted.size() * 4 * support::kSlowness, alone.accepted.size());
  }
};

TEST_F(AbuseNeighbours, FiveHundredSlowSenders) {
  expect_normal_clients_unaffected_by("500 slow senders",
                                      [] { return std::make_shared<SlowSenders>(port()); });
}

TEST_F(AbuseNeighbours, FiveHundredSilentConnections) {
  expect_normal_clients_unaffected_by("500 silent connections", [] {
    return std::make_shared<HostileConnections>(port(), kHostileConnections);
  });
}

TEST_F(AbuseNeighbours, AHundredConnectionsThatDoNotRead) {
  std::string many;
  for (int i = 0; i < 2'000; ++i) many += request_text("GET", "/");
  expect_normal_clients_unaffected_by("100 connections that do not read", [&] {
    auto clients = std::make_shared<HostileConnections>(port(), 100 / support::kSlowness,
                                                        HostileConnections::ReceiveBuffer::smallest);
    clients->send_on_all(many);
    // Until all have an answer, the burst of requests itself occupies both cores.
    EXPECT_TRUE(support::eventually([&] { return clients->count_answered() == clients->count(); }));
    return clients;
  });
}

TEST_F(AbuseNeighbours, FortyEventStreamsThatAreNotRead) {
  expect_normal_clients_unaffected_by("40 event streams that are not read", [] {
    auto clients =
        std::make_shared<HostileConnections>(port(), 40, HostileConnections::ReceiveBuffer::smallest);
    clients->send_on_all(request_text("GET", "/events", {}, "Last-Event-ID: \xff%00'garbage\r\n"));
    return clients;
  });
  EXPECT_TRUE(support::eventually([] { return ask("GET", "/queue-stats").status == 200; }));
}

TEST_F(AbuseNeighbours, AbortedRequestsLeaveNoResourcesBehind) {
  const ProcessStats before = process_stats();
  const std::string whole =
      request_text("POST", "/schedule-message", support::message_body("ann", "abandoned").dump());
  for (const std::size_t sent :
       {std::size_t{0}, std::size_t{1}, std::size_t{40}, whole.size() - 1, whole.size()}) {
    HostileConnections closing(port(), 50);
    closing.send_on_all(std::string_view(whole).substr(0, sent));
    HostileConnections half_closed(port(), 50);
    half_closed.send_on_all(std::string_view(whole).substr(0, sent));
    half_closed.stop_sending();
    HostileConnections resetting(port(), 50);
    resetting.send_on_all(std::string_view(whole).substr(0, sent));
    resetting.reset();
    EXPECT_TRUE(support::eventually([&] { return half_closed.count_answered() == half_closed.count(); }));
  }
  const auto is_released = [&] {
    const ProcessStats now = process_stats();
    return now.descriptors <= before.descriptors + 2 && now.threads <= before.threads + 2;
  };
  EXPECT_TRUE(support::eventually(is_released, 15s))
      << process_stats().descriptors << " descriptors, before " << before.descriptors << "; "
      << process_stats().threads << " threads, before " << before.threads;
}

TEST_F(AbuseNeighbours, TwoThousandConnectionsAreRefusedOrServed) {
  HostileConnections clients(port(), 2'000);
  clients.send_on_all("GET /health HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_TRUE(support::eventually([&] { return clients.count_answered() == clients.count(); }));
}

}  // namespace
}  // namespace orchestrator::abuse
