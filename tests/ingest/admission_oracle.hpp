// What submit_messages() must decide, told again in C++: requests are admitted one after the other, each with
// what the database knew before all of them.
#pragma once

#include <vector>

#include "orchestrator/admission.hpp"
#include "orchestrator/config.hpp"

namespace orchestrator::ingest {

// What the database knows of a submission, read while the user's row is locked: no other transaction can add
// to it.
struct SubmissionFacts {
  struct Earlier {
    MessageId id;
    Instant scheduled_for;
    std::string request_hash;  // hex; empty for rows written by SQL
  };
  bool user_exists = false;
  bool is_locked = false;               // by another transaction; the fields below are then unset
  std::optional<Earlier> same_key;      // with the same idempotency key
  std::optional<Earlier> same_content;  // since the given instant, and neither cancelled, failed nor replaced
  std::int64_t waiting = 0;             // messages of the user, counted up to the limit
};

// One admission for each submission, in order; `facts` is parallel to `submissions`.
std::vector<Admission> admit(const std::vector<const Submission*>& submissions,
                             const std::vector<SubmissionFacts>& facts, const IngestConfig& limits);

}  // namespace orchestrator::ingest
