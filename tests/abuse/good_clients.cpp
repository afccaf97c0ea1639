#include "abuse/good_clients.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <string>

#include "support/http_client.hpp"

namespace orchestrator::abuse {

namespace {

using std::chrono::steady_clock;

Measured post_until(steady_clock::time_point end, int port, int agent) {
  static std::atomic<int> message = 0;
  support::HttpClient http(port);
  const std::string user = "poster_" + std::to_string(agent);
  Measured measured;
  while (steady_clock::now() < end) {
    const auto body = support::message_body(user, std::to_string(++message));
    const auto began = steady_clock::now();
    const bool is_taken = http.post("/schedule-message", body).status == 200;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
    if (is_taken) measured.took.push_back(took);
    if (!is_taken) ++measured.failed;
  }
  return measured;
}

}  // namespace

void Measured::add(const Measured& more) {
  took.insert(took.end(), more.took.begin(), more.took.end());
  failed += more.failed;
}

std::chrono::microseconds Measured::percentile(int percent) {
  if (took.empty()) return {};
  std::ranges::sort(took);
  return took[(took.size() - 1) * static_cast<std::size_t>(percent) / 100];
}

Measured post_for(std::chrono::milliseconds duration, int port, int agents) {
  const auto end = steady_clock::now() + duration;
  std::vector<std::future<Measured>> posting;
  for (int agent = 0; agent < agents; ++agent) {
    posting.push_back(std::async(std::launch::async, post_until, end, port, agent));
  }
  Measured measured;
  for (auto& agent : posting) measured.add(agent.get());
  return measured;
}

}  // namespace orchestrator::abuse
