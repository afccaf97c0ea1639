// Puts accepted messages into `message_queue`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/admission.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class QueueStore {
 public:
  explicit QueueStore(Database& database) : database_(database) {}

  struct Scope {
    Instant now;
    Instant duplicates_since;
    std::int64_t max_waiting = 0;  // how far to count
  };
  using Admit = std::function<std::vector<Admission>(const std::vector<SubmissionFacts>&)>;

  // All in one transaction: locks the users and what is to be replaced, waiting for none, has the drafts
  // judged in order, stores those admitted. A draft whose id is stored already changes nothing. What else a
  // new row sets off is done by the table's triggers.
  std::vector<Admission> insert(const std::vector<const Submission*>& drafts, const Scope& scope,
                                const Admit& admit);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
