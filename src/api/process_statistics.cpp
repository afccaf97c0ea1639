#include "api/process_statistics.hpp"

#include <malloc.h>
#include <unistd.h>

#include <fstream>

namespace orchestrator::api {

ProcessStatistics ProcessMonitor::statistics() const {
  using std::chrono::steady_clock;
  std::size_t total_pages = 0;
  std::size_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return {.uptime = std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - started_),
          .resident_bytes = resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)),
          .heap_bytes = mallinfo2().uordblks};
}

}  // namespace orchestrator::api
