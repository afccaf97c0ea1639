// The decision which requests are stored, which repeat an earlier message, and which are rejected. Pure.
#pragma once

#include <vector>

#include "orchestrator/admission.hpp"
#include "orchestrator/config.hpp"

namespace orchestrator::ingest {

// Returns one admission per submission, in order. `facts` holds one entry per submission, read from the
// database; a submission is also compared with the submissions that were admitted before it in the same call.
std::vector<Admission> admit(const std::vector<const Submission*>& submissions,
                             const std::vector<SubmissionFacts>& facts, const IngestConfig& limits);

}  // namespace orchestrator::ingest
