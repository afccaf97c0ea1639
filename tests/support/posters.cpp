#include "support/posters.hpp"

#include <algorithm>

#include "support/eventually.hpp"
#include "support/http_client.hpp"

namespace orchestrator::support {

namespace {

constexpr std::chrono::milliseconds kPauseAfterFailure{20};

}  // namespace

Posters::Posters(const std::vector<int>& ports, int agents) {
  for (int agent = 0; agent < agents; ++agent) {
    const int port = ports[static_cast<std::size_t>(agent) % ports.size()];
    threads_.emplace_back([this, port, agent] { post(port, agent); });
  }
}

Posters::~Posters() { stop(); }

void Posters::add_users(Sql& sql, int agents) {
  sql.run(
      "INSERT INTO users (id, quiet_hours_enabled) SELECT 'poster_' || i, false FROM generate_series(0, " +
      std::to_string(agents - 1) + ") AS i");
}

void Posters::stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

int Posters::answers(int status) const {
  const std::lock_guard lock(mutex_);
  const auto found = answers_.find(status);
  return found == answers_.end() ? 0 : found->second;
}

std::vector<std::string> Posters::lost(Sql& sql) const {
  std::vector<std::string> stored = sql.column("SELECT id FROM message_queue");
  std::ranges::sort(stored);
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lost;
  std::ranges::set_difference(acknowledged_, stored, std::back_inserter(lost));
  return lost;
}

void Posters::post(int port, int agent) {
  HttpClient http(port);
  const std::string user = "poster_" + std::to_string(agent);
  for (int message = 0; !stopping_; ++message) {
    const HttpAnswer answer = http.post("/schedule-message", message_body(user, std::to_string(message)));
    {
      const std::lock_guard lock(mutex_);
      ++answers_[answer.status];
      if (answer.status == 200) acknowledged_.insert(answer.json()["messageId"].get<std::string>());
    }
    if (answer.status == 503 && answer.retry_after.empty()) ++without_retry_after_;
    if (answer.status != 200) eventually([this] { return stopping_.load(); }, kPauseAfterFailure);
  }
}

}  // namespace orchestrator::support
