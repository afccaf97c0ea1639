// Passes messages that await the LLM to a Renderer in three steps: lease, call, record. The lease is
// committed before the call and the verdict after it, so no transaction is open during the call. After a
// crash in between the lease expires, and the LLM is called again.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "metrics/metrics.hpp"
#include "orchestrator/clock.hpp"
#include "orchestrator/ports.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/render_store.hpp"

namespace orchestrator::rendering {

// The verdict on a message after one call, at `now`. Pure. If the LLM gives no answer, the call is repeated:
// after 2 s, then after twice the delay each time, but no sooner than the provider requests. A message whose
// relevance is not known after three attempts is sent as it is; one that is not rendered after six attempts
// fails.
RenderVerdict verdict_on(const RenderRequest& request, const RenderAnswer& answer, Instant now);

// Safe for concurrent use. Runs from construction to destruction, in `concurrency` threads. The destructor
// abandons the calls in flight within about a second. Everything that the context refers to must outlive the
// object.
class Rendering {
 public:
  struct Context {
    storage::RenderStore& store;
    Renderer& renderer;
    const Clock& clock;
    UuidV7Source& ids;
    // Called from any of the threads: when a call begins and when it ends, and after each recorded call.
    std::function<void(int calls)> on_in_flight;
    std::function<void(const metrics::Metrics::LlmCall&)> on_call;
  };

  Rendering(Context context, std::size_t concurrency);
  ~Rendering();

  // Tells the threads that messages may await the LLM.
  void wake();

 private:
  void run(const std::stop_token& stop);
  bool process_next(const std::stop_token& stop);
  RenderAnswer call_renderer(const RenderRequest& request, const std::stop_token& stop);
  void record(const RenderLease& lease, const RenderRequest& request, const RenderVerdict& verdict,
              const std::stop_token& stop);
  void back_off_for(std::chrono::seconds delay);
  bool is_backing_off();
  void wait(const std::stop_token& stop, bool until_woken);

  const Context context_;
  std::mutex mutex_;  // guards the next three members
  std::condition_variable_any wake_up_;
  std::size_t wake_ups_ = 0;                              // the number of threads that skip their next wait
  std::chrono::steady_clock::time_point back_off_until_;  // the provider is overloaded
  std::atomic<int> in_flight_{0};
  std::vector<std::jthread> threads_;  // last: they use all members above
};

}  // namespace orchestrator::rendering
