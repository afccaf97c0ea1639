// Which requests become messages, and which repeat one that came before. Pure.
#pragma once

#include <vector>

#include "orchestrator/config.hpp"
#include "storage/queue_store.hpp"

namespace orchestrator::ingest {

// One admission a draft, in order; a draft is also compared with those admitted before it. `facts` are the
// database's, a draft each.
std::vector<storage::Admission> admit(const std::vector<const storage::Draft*>& drafts,
                                      const std::vector<storage::DraftFacts>& facts,
                                      const IngestConfig& limits);

}  // namespace orchestrator::ingest
