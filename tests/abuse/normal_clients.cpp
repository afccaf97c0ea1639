#include "abuse/normal_clients.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <string>

#include "support/http_client.hpp"

namespace orchestrator::abuse {

namespace {

using std::chrono::steady_clock;

PostLatencies post_until(steady_clock::time_point end, int port, int agent) {
  static std::atomic<int> messages = 0;
  support::HttpClient http(port);
  const std::string user = "poster_" + std::to_string(agent);
  PostLatencies latencies;
  while (steady_clock::now() < end) {
    const auto body = support::message_body(user, std::to_string(++messages));
    const auto began = steady_clock::now();
    const bool is_accepted = http.post("/schedule-message", body).status == 200;
    const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
    if (is_accepted) latencies.accepted.push_back(latency);
    if (!is_accepted) ++latencies.failed;
  }
  return latencies;
}

}  // namespace

void PostLatencies::add(const PostLatencies& more) {
  accepted.insert(accepted.end(), more.accepted.begin(), more.accepted.end());
  failed += more.failed;
}

std::chrono::microseconds PostLatencies::percentile(int percent) {
  if (accepted.empty()) return {};
  std::ranges::sort(accepted);
  return accepted[(accepted.size() - 1) * static_cast<std::size_t>(percent) / 100];
}

PostLatencies post_for(std::chrono::milliseconds duration, int port, int agents) {
  const auto end = steady_clock::now() + duration;
  std::vector<std::future<PostLatencies>> running;
  for (int agent = 0; agent < agents; ++agent) {
    running.push_back(std::async(std::launch::async, post_until, end, port, agent));
  }
  PostLatencies latencies;
  for (auto& agent : running) latencies.add(agent.get());
  return latencies;
}

}  // namespace orchestrator::abuse
