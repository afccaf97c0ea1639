// Inserts accepted messages into `message_queue`.
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
    std::int64_t max_waiting = 0;  // count no further
  };
  using Admit = std::function<std::vector<Admission>(const std::vector<SubmissionFacts>&)>;

  // In one transaction: locks the users and the messages to be superseded, skipping those that another
  // transaction has locked; calls `admit`, which decides on the submissions in order; inserts the admitted
  // ones. A submission whose id is stored already changes nothing. The table's triggers do the rest.
  std::vector<Admission> insert(const std::vector<const Submission*>& submissions, const Scope& scope,
                                const Admit& admit);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
