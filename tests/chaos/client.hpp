// A client of the service as a careful one is: it asks any instance, and repeats what was not answered.
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

// What every client of a run tells of the answers it got. Safe for concurrent use.
struct Weather {
  std::atomic<int> answered = 0;
  std::atomic<int> unanswered = 0;           // no answer at all
  std::atomic<int> refused = 0;              // 503
  std::atomic<int> without_retry_after = 0;  // 503 that do not say when to come again
  std::atomic<std::int64_t> slowest_refusal_ms = 0;
};

// For one thread.
class Client {
 public:
  Client(Fleet& fleet, Weather& weather, unsigned seed);

  enum class Method { get, post, put, remove };

  // Once, of the instance at hand; of another next time if there was no answer, or 503.
  support::HttpAnswer ask(Method method, const std::string& path, const nlohmann::json& body = {});

  // Until there is an answer that is not 503, or until the client gives up: false.
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
  Weather& weather_;
  std::mt19937 random_;
  int instance_;
  std::vector<Line> lines_;
};

// Waits, unless it is to stop.
void pause(std::chrono::milliseconds time, const std::atomic<bool>& stop);

}  // namespace orchestrator::chaos
