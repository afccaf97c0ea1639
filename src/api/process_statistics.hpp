// Uptime and memory of this process.
#pragma once

#include <chrono>
#include <cstddef>

namespace orchestrator::api {

struct ProcessStatistics {
  std::chrono::seconds uptime{0};
  std::size_t resident_bytes = 0;
  std::size_t heap_bytes = 0;  // allocated and not freed
};

// Safe for concurrent use. The uptime counts from its construction.
class ProcessMonitor {
 public:
  ProcessStatistics statistics() const;

 private:
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace orchestrator::api
