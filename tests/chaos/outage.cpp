// The database is unavailable for a while under load: every write is refused promptly with Retry-After, and
// the whole service recovers within seconds of the database's return, without a restart.
#include <algorithm>

#include "chaos/recovery.hpp"
#include "chaos/test_bed.hpp"
#include "support/eventually.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kRefusedWithin = 9s;  // 5 s for a pooled connection, 3 s connect time-out

// Polls /health of the instance from construction to destruction.
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

Outcome run_outage(const Run& run) {
  const auto began = steady_clock::now();
  TestBed test_bed(run, {.load = {.has_operator = false}});
  const int starts = test_bed.fleet->starts();
  test_bed.wait(2s);
  std::vector<std::unique_ptr<HealthProbe>> health;
  for (int instance = 0; instance < test_bed.fleet->size(); ++instance) {
    health.push_back(std::make_unique<HealthProbe>((*test_bed.fleet)[instance].port()));
  }
  const std::chrono::milliseconds away = run.is_long ? std::chrono::milliseconds{60s} : 6s;
  test_bed.stop_postgres();
  const int answered = test_bed.statistics.answered;
  test_bed.wait(away);
  const int answered_meanwhile = test_bed.statistics.answered - answered;
  test_bed.start_postgres();

  Outcome back;
  expect_recovery(test_bed, steady_clock::now(), back);
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began);
  test_bed.wait(std::max<std::chrono::milliseconds>(run.time - spent, 1s));
  for (auto& probe : health) probe->end();
  Outcome outcome = test_bed.finish();
  outcome.failures.insert(outcome.failures.end(), back.failures.begin(), back.failures.end());
  outcome.notes.insert(outcome.notes.end(), back.notes.begin(), back.notes.end());

  const auto slowest = std::chrono::milliseconds{test_bed.statistics.slowest_refusal_ms};
  outcome.notes.push_back(std::to_string(test_bed.statistics.refused) +
                          " requests refused with 503, the slowest after " + seconds_text(slowest));
  if (slowest > kRefusedWithin) outcome.failures.push_back("a refusal took " + seconds_text(slowest));
  if (test_bed.statistics.refused == 0) outcome.failures.push_back("no client met the outage");
  if (answered_meanwhile > 0) {
    outcome.notes.push_back(std::to_string(answered_meanwhile) +
                            " requests were under way when it went, and answered");
  }
  if (test_bed.fleet->starts() != starts) outcome.failures.push_back("an instance was started again");
  for (const auto& probe : health) {
    if (probe->bad() > 0)
      outcome.failures.push_back("/health failed " + std::to_string(probe->bad()) + " times");
  }
  return outcome;
}

}  // namespace orchestrator::chaos
