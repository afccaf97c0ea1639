// Well-behaved agents, and how long each of their posts takes.
#pragma once

#include <chrono>
#include <vector>

#include "support/sql.hpp"

namespace orchestrator::abuse {

struct Measured {
  std::vector<std::chrono::microseconds> took;  // each post that was answered with 200
  int failed = 0;

  void add(const Measured& more);
  std::chrono::microseconds percentile(int percent);
};

// So many agents post one message after the other for so long, each over one kept-alive connection, as
// "poster_0", "poster_1" … of support::Posters.
Measured post_for(std::chrono::milliseconds duration, int port, int agents);

}  // namespace orchestrator::abuse
