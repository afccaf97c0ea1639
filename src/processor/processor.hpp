// The loop around the pass: owns the thread, the waking and the stop. See pass.hpp for what a pass does.
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

// What /health tells without asking the database.
struct ProcessorStatus {
  bool running = false;
  std::int64_t messages_processed = 0;       // promoted by this instance since it started
  std::optional<Instant> last_process_time;  // of the last full pass
};

// Safe for concurrent use. What the context refers to must outlive it. Runs from construction to
// destruction; the destructor waits for the batch at hand.
class Processor {
 public:
  struct Hooks {
    // Called after each pass, when nobody waits for it, and so once a second at least; and before the first
    // pass and those after a failure.
    std::function<void()> measure_time;
    std::function<void(const PassSummary&, PassKind, std::chrono::duration<double>)> passed;
    std::function<void()>
        between_passes;  // called by the loop; whatever is to be done now and then, in small bits
  };

  Processor(const PassContext& context, const ProcessorConfig& config, Hooks hooks);
  ~Processor();

  // Has urgent and high messages looked at now.
  void wake();

  // A full pass in the calling thread. Throws storage::Unavailable.
  PassSummary run_full_pass();

  ProcessorStatus status() const;

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  void run(const std::stop_token& stop);
  Deadline tick(const std::stop_token& stop, Deadline& next_full_pass);
  Deadline next_look(Deadline next_full_pass);
  PassSummary pass(PassKind kind, const std::stop_token& stop);
  PassSummary full_pass(const std::stop_token& stop);

  const PassContext context_;
  const ProcessorConfig config_;
  const Hooks hooks_;

  std::mutex mutex_;  // guards woken_
  std::condition_variable_any wake_up_;
  bool woken_ = false;

  std::mutex full_pass_;  // one at a time here; others may run on other instances
  std::atomic<std::int64_t> promoted_{0};
  std::atomic<Duration::rep> last_pass_us_{0};  // 0: none yet
  std::atomic<bool> queue_is_busy_{false};      // as the last full pass found
  std::atomic<bool> running_{true};
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace orchestrator::processor
