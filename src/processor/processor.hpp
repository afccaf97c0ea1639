// The loop around the pass: owns its thread, wake-ups and stop. See pass.hpp for what a pass does.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "orchestrator/config.hpp"
#include "processor/pass.hpp"

namespace orchestrator::processor {

// What /health reports without a database query.
struct ProcessorStatus {
  bool running = false;
  std::int64_t messages_processed = 0;       // promoted by this instance since it started
  std::optional<Instant> last_process_time;  // of the last full pass
};

// Safe for concurrent use. Everything that the context refers to must outlive it. Runs from construction to
// destruction; the destructor waits for the current batch.
class Processor {
 public:
  struct Hooks {
    // Measures the database's time. Called by the loop after each pass, so at least once a second, and before
    // the first pass and each pass after a failure; also before run_full_pass.
    std::function<void()> measure_time;
    // Called after each pass, by several threads at once.
    std::function<void(const PassSummary&, PassKind, std::chrono::duration<double>)> passed;
    std::function<void()> between_passes;  // called by the loop, for small pieces of background work
  };

  Processor(const PassContext& context, const ProcessorConfig& config, Hooks hooks);
  ~Processor();

  // Starts an express pass now.
  void wake();

  // Messages that this instance promoted outside passes, for the status.
  void count_promotions(std::int64_t messages) { promoted_ += messages; }

  // A full pass in the calling thread. Throws storage::Unavailable.
  PassSummary run_full_pass();

  ProcessorStatus status() const;

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  void run(const std::stop_token& stop);
  Deadline tick(const std::stop_token& stop, Deadline& next_full_pass);
  Deadline next_wake(Deadline next_full_pass);
  PassSummary pass(PassKind kind, const std::stop_token& stop);
  PassSummary full_pass(const std::stop_token& stop);
  PassSummary full_pass_beside_express_passes(const std::stop_token& stop);

  const PassContext context_;
  const ProcessorConfig config_;
  const Hooks hooks_;

  std::mutex mutex_;  // guards woken_
  std::condition_variable_any wake_up_;
  bool woken_ = false;

  std::mutex full_pass_;  // held during a full pass: one at a time in this instance
  std::atomic<std::int64_t> promoted_{0};
  std::atomic<Duration::rep> last_pass_us_{0};  // microseconds; 0: no full pass yet
  std::atomic<bool> queue_is_busy_{false};      // as the last full pass found
  std::atomic<bool> running_{true};
  std::jthread thread_;  // last: it uses all members above
};

}  // namespace orchestrator::processor
