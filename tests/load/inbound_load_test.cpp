// Bursts of many contacts over four instances: no message is lost, the order is kept, and each message is in
// one turn. This is a short version of scripts/bench inbound.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "support/agent_server.hpp"
#include "support/database.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/running_service.hpp"
#include "support/sql.hpp"

namespace orchestrator {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kInstances = 4;
constexpr std::size_t kClients = 16;

int setting(const char* name, int fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : std::atoi(value);
}

double percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

struct ScriptedMessage {
  std::chrono::microseconds at;  // since the start of the load
  int contact;
  int number;  // per contact: 1, 2, 3 …
};

// Each contact sends one burst of one to five messages, 200 to 1,200 ms apart. Returns a script per client.
std::vector<std::vector<ScriptedMessage>> script(int contacts, std::chrono::seconds duration, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::vector<ScriptedMessage>> scripts(kClients);
  for (int contact = 0; contact < contacts; ++contact) {
    std::chrono::microseconds at{random() %
                                 static_cast<unsigned>(std::chrono::microseconds(duration).count())};
    const int messages = 1 + static_cast<int>(random() % 5);
    for (int number = 1; number <= messages; ++number) {
      scripts[static_cast<std::size_t>(contact) % kClients].push_back({at, contact, number});
      at += std::chrono::milliseconds{200 + random() % 1000};
    }
  }
  for (auto& messages : scripts) std::ranges::sort(messages, {}, &ScriptedMessage::at);
  return scripts;
}

struct SendStats {
  std::vector<double> latencies_ms;
  int messages = 0;
  int repeats = 0;
  int unanswered = 0;
};

// Repeats the request until it is answered, as gateways do: the service may close an idle connection at the
// moment of the next request. Returns the number of requests without an answer.
int post_until_answered(support::HttpClient& client, const json& body, const std::string& expected) {
  constexpr int kAttempts = 3;
  for (int unanswered = 0; unanswered < kAttempts; ++unanswered) {
    const auto answer = client.post("/inbound-messages", body);
    if (answer.status == 0) continue;
    EXPECT_EQ(answer.status, 200) << answer.body;
    const std::string status = answer.json().value("status", "");
    EXPECT_TRUE(status == expected || (unanswered > 0 && status == "duplicate")) << answer.body;
    return unanswered;
  }
  ADD_FAILURE() << "no answer to " << body;
  return kAttempts;
}

// Sends the messages of the script to random instances and repeats some of them, as gateways do.
SendStats play(const std::vector<ScriptedMessage>& messages, const std::vector<int>& ports,
               steady_clock::time_point begin, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::unique_ptr<support::HttpClient>> clients;
  for (const int port : ports) clients.push_back(std::make_unique<support::HttpClient>(port));
  SendStats stats;
  for (const ScriptedMessage& message : messages) {
    const std::string contact = "contact_" + std::to_string(message.contact);
    const json body = {{"contactId", contact},
                       {"text", std::to_string(message.number)},
                       {"messageId", contact + "_" + std::to_string(message.number)}};
    const int times = random() % 20 == 0 ? 2 : 1;
    support::eventually([&] { return steady_clock::now() >= begin + message.at; }, std::chrono::minutes{10});
    for (int i = 0; i < times; ++i) {
      const auto requested_at = steady_clock::now();
      const int unanswered =
          post_until_answered(*clients[random() % clients.size()], body, i == 0 ? "queued" : "duplicate");
      stats.unanswered += unanswered;
      stats.latencies_ms.push_back(Milliseconds(steady_clock::now() - requested_at).count());
    }
    ++stats.messages;
    stats.repeats += times - 1;
  }
  return stats;
}

class InboundLoad : public ::testing::Test {
 protected:
  // The message numbers that the agent received of each contact, in order.
  std::map<std::string, std::vector<int>> received_numbers(const support::AgentServer& agent) {
    std::map<std::string, std::vector<int>> seen;
    for (const auto& turn : agent.turns()) {
      for (const auto& message : turn.at("messages")) {
        seen[turn.at("contactId").get<std::string>()].push_back(
            std::stoi(message.at("text").get<std::string>()));
      }
    }
    return seen;
  }

  std::int64_t count(const std::string& what) {
    return std::stoll(sql.value("SELECT count(*) FROM " + what));
  }

  support::TestDatabase database;
  support::Sql sql{database.url()};
};

TEST_F(InboundLoad, AnswersBurstsOverFourInstancesInOrder) {
  const int contacts = setting("ORCHESTRATOR_LOAD_CONTACTS", 300);
  const std::chrono::seconds duration{setting("ORCHESTRATOR_LOAD_SECONDS", 3)};
  support::AgentServer agent(
      [](const json& turn) { return support::says("heard " + turn.at("turnId").get<std::string>()); });
  std::vector<std::unique_ptr<support::Service>> instances;
  std::vector<int> ports;
  for (int i = 0; i < kInstances; ++i) {
    instances.push_back(std::make_unique<support::Service>(support::with(
        support::kNoLoop, {{"DATABASE_URL", database.url()}, {"AGENT_WEBHOOK_URL", agent.url()}})));
  }
  for (auto& instance : instances) ports.push_back(instance->port());

  const auto scripts = script(contacts, duration, 1);
  std::vector<SendStats> parts(kClients);
  const auto begin = steady_clock::now();
  {
    std::vector<std::jthread> clients;
    for (unsigned i = 0; i < kClients; ++i) {
      clients.emplace_back([&, i] { parts[i] = play(scripts[i], ports, begin, i); });
    }
  }
  const double wrote_s = Milliseconds(steady_clock::now() - begin).count() / 1000;
  ASSERT_TRUE(
      support::eventually([&] { return count("inbound_contacts WHERE next_turn_at IS NOT NULL") == 0; },
                          std::chrono::seconds{120}));
  const double all_s = Milliseconds(steady_clock::now() - begin).count() / 1000;

  SendStats all;
  for (const SendStats& part : parts) {
    all.latencies_ms.insert(all.latencies_ms.end(), part.latencies_ms.begin(), part.latencies_ms.end());
    all.messages += part.messages;
    all.repeats += part.repeats;
    all.unanswered += part.unanswered;
  }
  EXPECT_GE(count("inbound_queue WHERE status = 'duplicate'"), all.repeats);
  EXPECT_LE(count("inbound_queue WHERE status = 'duplicate'"), all.repeats + all.unanswered);
  EXPECT_EQ(count("inbound_queue WHERE status = 'done'"), all.messages) << "no message is lost";
  const auto seen = received_numbers(agent);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(contacts));
  for (const auto& [contact, numbers] : seen) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      ASSERT_EQ(numbers[i], static_cast<int>(i) + 1)
          << contact << ": the order is kept, and each message is in one turn";
    }
  }
  EXPECT_EQ(count("messages WHERE purpose = 'reply'"), count("inbound_turns WHERE status = 'done'"))
      << "one reply per turn";
  const auto waits = sql.column(
      "SELECT extract(epoch FROM turn.created_at - queue.received_at) * 1000 FROM inbound_queue AS queue "
      "JOIN inbound_turns AS turn ON turn.id = queue.turn_id ORDER BY 1");
  const auto wait_at = [&](double part) {
    return std::stod(waits[static_cast<std::size_t>(part * double(waits.size() - 1))]);
  };
  std::printf("%d messages (and %d repeats) of %d contacts in %.1f s over %d instances, %.0f per minute\n",
              all.messages, all.repeats, contacts, wrote_s, kInstances, all.messages / wrote_s * 60);
  std::printf(
      "  accepted in p50 %.1f ms, p99 %.1f ms; with the agent after p50 %.0f ms, p99 %.0f ms; all answered "
      "after %.1f s\n",
      percentile(all.latencies_ms, 0.5), percentile(all.latencies_ms, 0.99), wait_at(0.5), wait_at(0.99),
      all_s);
  std::printf("  %lld turns, nothing lost, none out of order\n",
              static_cast<long long>(count("inbound_turns")));
}

}  // namespace
}  // namespace orchestrator
