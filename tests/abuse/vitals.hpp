// What a process holds of the machine, as /proc tells it.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace orchestrator::abuse {

struct Vitals {
  std::size_t resident_mib = 0;
  std::size_t peak_resident_mib = 0;  // since it started
  std::size_t threads = 0;
  std::size_t descriptors = 0;
};

// Zeros for a process that has ended.
Vitals vitals_of(pid_t process);

}  // namespace orchestrator::abuse
