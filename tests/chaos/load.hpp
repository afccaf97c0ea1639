// What a run's clients do all the time, each in a thread of its own: agents that post, gateways that bring
// what people write, the provider's reports, and an operator with every lever in hand.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "chaos/client.hpp"
#include "chaos/history.hpp"
#include "chaos/surroundings.hpp"
#include "chaos/town.hpp"

namespace orchestrator::chaos {

// What all of them share.
struct LoadContext {
  Fleet& fleet;
  const Surroundings& surroundings;
  const Town& town;
  History& history;
  Weather& weather;
  unsigned seed = 0;
};

// Runs from construction to stop().
class Load {
 public:
  struct Size {
    int posters = 4;
    std::chrono::milliseconds between_posts{12};
    bool has_operator = true;
  };

  // All people exist when it returns.
  Load(const LoadContext& context, const Size& size);
  ~Load() { stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Requests that are unanswered then stay so.
  void stop();

 private:
  const LoadContext context_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

// The threads' work, until they are to stop.
void add_people(const LoadContext& context);
void post_messages(const LoadContext& context, int poster, std::chrono::milliseconds between,
                   const std::atomic<bool>& stop);
void bring_what_people_write(const LoadContext& context, int gateway, const std::atomic<bool>& stop);
void report_deliveries(const LoadContext& context, const std::atomic<bool>& stop);
void operate(const LoadContext& context, const std::atomic<bool>& stop);
void sweep(const LoadContext& context, const std::atomic<bool>& stop);

}  // namespace orchestrator::chaos
