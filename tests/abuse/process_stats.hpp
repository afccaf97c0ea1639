// The resources that a process uses, read from /proc.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace orchestrator::abuse {

struct ProcessStats {
  std::size_t resident_mib = 0;
  std::size_t peak_resident_mib = 0;  // since the process started
  std::size_t threads = 0;
  std::size_t descriptors = 0;
};

// All values are 0 for a process that has ended.
ProcessStats process_stats_of(pid_t process);

}  // namespace orchestrator::abuse
