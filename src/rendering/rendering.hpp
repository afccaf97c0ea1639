// Takes messages that are with the LLM to a Renderer: lease, ask, record. The lease is committed before the
// LLM is asked and the outcome after it, so no transaction is open meanwhile; after a crash in between the
// lease runs out, and it is asked again.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "orchestrator/clock.hpp"
#include "orchestrator/ports.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/render_store.hpp"

namespace orchestrator::rendering {

// What one question came to, for the metrics.
struct LlmCall {
  LlmQuestion question = LlmQuestion::relevance;
  std::string outcome;  // relevant, contextual, stale_context, rendered, unchecked, render_failed, retry
  RenderUsage usage;
  std::chrono::duration<double> took{};
};

// What becomes of a message after an answer, or the want of one, at `now`. Pure. Without an answer a message
// that was to be checked goes as it is after three tries; one that was to be rendered fails after six. In
// between it is asked again: after 2 s, then twice as long each time, and no sooner than the provider says.
RenderVerdict verdict_on(const RenderRequest& request, const RenderAnswer& answer, Instant now);

// Safe for concurrent use. Runs from construction to destruction; the destructor gives up the questions at
// hand within a second or so. What the context refers to must outlive it.
class Rendering {
 public:
  struct Context {
    storage::RenderStore& store;
    Renderer& renderer;
    const Clock& clock;
    UuidV7Source& ids;
    std::function<void(int in_flight)> in_flight;  // called when a question begins and ends
    std::function<void(const LlmCall&)> asked;     // called after each question
  };

  Rendering(Context context, std::size_t concurrency);
  ~Rendering();

  // Something may wait to be asked about.
  void wake();

 private:
  void run(const std::stop_token& stop);
  bool ask_next(const std::stop_token& stop);
  RenderAnswer ask(const RenderRequest& request, const std::stop_token& stop);
  void record(const RenderLease& lease, const RenderRequest& request, const RenderVerdict& verdict,
              const std::stop_token& stop);
  void hold_for(std::chrono::seconds length);
  bool is_held();
  void pause(const std::stop_token& stop, bool until_woken);

  const Context context_;
  std::mutex mutex_;  // guards the two below
  std::condition_variable_any wake_up_;
  std::size_t woken_ = 0;                             // how many threads may look without waiting
  std::chrono::steady_clock::time_point held_until_;  // the provider has asked for less
  std::atomic<int> in_flight_{0};
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace orchestrator::rendering
