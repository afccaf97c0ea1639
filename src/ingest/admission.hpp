// Which requests become messages, and which repeat one that came before. Pure.
#pragma once

#include <vector>

#include "orchestrator/admission.hpp"
#include "orchestrator/config.hpp"

namespace orchestrator::ingest {

// One admission a draft, in order; a draft is also compared with those admitted before it. `facts` are the
// database's, a draft each.
std::vector<Admission> admit(const std::vector<const Submission*>& drafts,
                             const std::vector<SubmissionFacts>& facts, const IngestConfig& limits);

}  // namespace orchestrator::ingest
