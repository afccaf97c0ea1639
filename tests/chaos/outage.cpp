// The database is away for a while under load: every write is refused at once and says when to come again,
// and all of the service is back within seconds of the database's return, without a restart.
#include <algorithm>

#include "chaos/return.hpp"
#include "chaos/stage.hpp"
#include "support/eventually.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kRefusedWithin =
    9s;  // 5 s for a connection of the pool, 3 s for a server that does not answer

// Asks all the time whether the instance lives, from construction to the end.
class HealthProbe {
 public:
  explicit HealthProbe(int port) : thread_([this, port] { ask(port); }) {}
  ~HealthProbe() { end(); }
  HealthProbe(const HealthProbe&) = delete;
  HealthProbe& operator=(const HealthProbe&) = delete;

  void end() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int good() const { return good_; }
  int bad() const { return bad_; }

 private:
  void ask(int port) {
    support::HttpClient http(port);
    while (!ending_) {
      ++(http.get("/health").status == 200 ? good_ : bad_);
      pause(50ms, ending_);
    }
  }

  std::atomic<bool> ending_ = false;
  std::atomic<int> good_ = 0;
  std::atomic<int> bad_ = 0;
  std::thread thread_;
};

}  // namespace

Outcome play_outage(const Run& run) {
  const auto began = steady_clock::now();
  Stage stage(run, {.load = {.has_operator = false}});
  const int starts = stage.fleet->starts();
  stage.wait(2s);
  std::vector<std::unique_ptr<HealthProbe>> health;
  for (int instance = 0; instance < stage.fleet->size(); ++instance) {
    health.push_back(std::make_unique<HealthProbe>((*stage.fleet)[instance].port()));
  }
  const std::chrono::milliseconds away = run.is_long ? std::chrono::milliseconds{60s} : 6s;
  stage.stop_postgres();
  const int answered = stage.weather.answered;
  stage.wait(away);
  const int answered_meanwhile = stage.weather.answered - answered;
  stage.start_postgres();

  Outcome back;
  expect_back(stage, steady_clock::now(), back);
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began);
  stage.wait(std::max<std::chrono::milliseconds>(run.time - spent, 1s));
  for (auto& probe : health) probe->end();
  Outcome outcome = stage.finish();
  outcome.complaints.insert(outcome.complaints.end(), back.complaints.begin(), back.complaints.end());
  outcome.notes.insert(outcome.notes.end(), back.notes.begin(), back.notes.end());

  const auto slowest = std::chrono::milliseconds{stage.weather.slowest_refusal_ms};
  outcome.notes.push_back(std::to_string(stage.weather.refused) +
                          " requests refused with 503, the slowest after " + seconds_text(slowest));
  if (slowest > kRefusedWithin) outcome.complaints.push_back("a refusal took " + seconds_text(slowest));
  if (stage.weather.refused == 0) outcome.complaints.push_back("nobody met the outage");
  if (answered_meanwhile > 0) {
    outcome.notes.push_back(std::to_string(answered_meanwhile) +
                            " requests were under way when it went, and answered");
  }
  if (stage.fleet->starts() != starts) outcome.complaints.push_back("an instance was started again");
  for (const auto& probe : health) {
    if (probe->bad() > 0)
      outcome.complaints.push_back("/health failed " + std::to_string(probe->bad()) + " times");
  }
  return outcome;
}

}  // namespace orchestrator::chaos
