// A client with retries: it uses any instance and repeats requests that were not answered.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "chaos/fleet.hpp"
#include "support/http_client.hpp"

namespace orchestrator::chaos {

// Counts of responses over all clients of a run. Safe for concurrent use.
struct ClientStatistics {
  std::atomic<int> answered = 0;
  std::atomic<int> unanswered = 0;           // no response
  std::atomic<int> refused = 0;              // 503
  std::atomic<int> without_retry_after = 0;  // 503 without Retry-After
  std::atomic<std::int64_t> slowest_refusal_ms = 0;
};

// For one thread.
class Client {
 public:
  Client(Fleet& fleet, ClientStatistics& statistics, unsigned seed);

  enum class Method { get, post, put, remove };

  // Sends one request to the current instance; after no response or 503 the next call uses another instance.
  support::HttpAnswer ask(Method method, const std::string& path, const nlohmann::json& body = {});

  // Repeats until a response other than 503 arrives; false when `give_up` was set first.
  bool ask_until_answered(Method method, const std::string& path, const nlohmann::json& body,
                          support::HttpAnswer& answer, const std::atomic<bool>& give_up);

  unsigned draw(unsigned below) { return static_cast<unsigned>(random_() % below); }
  bool chance(unsigned percent) { return draw(100) < percent; }

 private:
  support::HttpClient* reach();

  struct Line {
    int port = 0;
    std::unique_ptr<support::HttpClient> http;
  };

  Fleet& fleet_;
  ClientStatistics& statistics_;
  std::mt19937 random_;
  int instance_;
  std::vector<Line> lines_;
};

// Waits, but no longer than until `stop` is set.
void pause(std::chrono::milliseconds time, const std::atomic<bool>& stop);

}  // namespace orchestrator::chaos
