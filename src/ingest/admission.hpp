// The decision which requests are stored, which repeat an earlier message, and which are rejected. Pure.
#pragma once

#include <vector>

#include "orchestrator/admission.hpp"
#include "orchestrator/config.hpp"

namespace orchestrator::ingest {

// Returns one admission per draft, in order. `facts` holds one entry per draft, read from the database; a
// draft is also compared with the drafts that were admitted before it in the same call.
std::vector<storage::Admission> admit(const std::vector<const storage::Draft*>& drafts,
                                      const std::vector<storage::DraftFacts>& facts,
                                      const IngestConfig& limits);

}  // namespace orchestrator::ingest
