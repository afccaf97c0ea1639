// Well-behaved agents, and the latency of their posts.
#pragma once

#include <chrono>
#include <vector>

#include "support/sql.hpp"

namespace orchestrator::abuse {

struct PostLatencies {
  std::vector<std::chrono::microseconds> accepted;  // one value per post that was answered with 200
  int failed = 0;                                   // posts with another status or without a response

  void add(const PostLatencies& more);
  std::chrono::microseconds percentile(int percent);
};

// `agents` agents post messages sequentially for `duration`, each over its own keep-alive connection, as the
// users "poster_0", "poster_1", ... of support::Posters.
PostLatencies post_for(std::chrono::milliseconds duration, int port, int agents);

}  // namespace orchestrator::abuse
