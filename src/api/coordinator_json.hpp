// The coordinator as its operators' tools read it. Pure functions, safe from any thread.
#pragma once

#include <chrono>
#include <vector>

#include "api/answer.hpp"
#include "orchestrator/coordinator.hpp"

namespace orchestrator::api {

// What this process uses, bytes.
struct MemoryUsage {
  std::size_t resident = 0;
  std::size_t heap_used = 0;
};

// This instance, as its statistics tell.
struct InstanceVitals {
  std::chrono::seconds uptime{0};
  MemoryUsage memory;
};

// Percent of the turns that ended; 100 while none has.
double success_rate(const CoordinatorStats& stats);

OrderedJson to_json(const CoordinatorStats& stats, const std::vector<ContactStatus>& busiest,
                    const InstanceVitals& vitals, Instant now);
OrderedJson to_json(const ContactStatus& contact, Instant now);

}  // namespace orchestrator::api
