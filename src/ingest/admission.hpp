// Which requests become messages, and which repeat one that came before. Pure.
#pragma once

#include <chrono>
#include <vector>

#include "storage/queue_store.hpp"

namespace orchestrator {

struct IngestLimits {
  std::chrono::seconds duplicate_window{30};  // 0: nothing is a duplicate
  std::int64_t max_queue_per_user = 1000;     // 0: no cap
};

// One admission a draft, in order; a draft is also compared with those admitted before it. `facts` are the
// database's, a draft each.
std::vector<storage::Admission> admit(const std::vector<const storage::Draft*>& drafts,
                                      const std::vector<storage::DraftFacts>& facts,
                                      const IngestLimits& limits);

}  // namespace orchestrator
