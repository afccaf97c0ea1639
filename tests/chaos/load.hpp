// The load of a run, one thread per client: agents that post, gateways that post inbound messages, the
// provider's reports, and an operator who uses every admin route.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "chaos/client.hpp"
#include "chaos/external_services.hpp"
#include "chaos/history.hpp"
#include "chaos/population.hpp"

namespace orchestrator::chaos {

// What all clients share.
struct LoadContext {
  Fleet& fleet;
  const ExternalServices& external_services;
  const Population& population;
  History& history;
  ClientStatistics& statistics;
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

  // Returns when all people exist.
  Load(const LoadContext& context, const Size& size);
  ~Load() { stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Requests without a response are abandoned.
  void stop();

 private:
  const LoadContext context_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

// The threads' work; each returns when `stop` is set.
void add_people(const LoadContext& context);
void post_messages(const LoadContext& context, int poster, std::chrono::milliseconds between,
                   const std::atomic<bool>& stop);
void post_inbound_messages(const LoadContext& context, int gateway, const std::atomic<bool>& stop);
void report_deliveries(const LoadContext& context, const std::atomic<bool>& stop);
void operate(const LoadContext& context, const std::atomic<bool>& stop);
void sweep(const LoadContext& context, const std::atomic<bool>& stop);

}  // namespace orchestrator::chaos
