// Stores requests to schedule messages in `message_queue`.
#pragma once

#include <optional>
#include <vector>

#include "orchestrator/admission.hpp"
#include "orchestrator/immediate_promotion.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class QueueStore {
 public:
  explicit QueueStore(Database& database) : database_(database) {}

  using Submissions = std::vector<const Submission*>;
  // One for each submission, or none at all.
  using Promotions = std::vector<std::optional<ImmediatePromotion>>;

  // The users of the submissions, in their order; none: unknown.
  std::vector<std::optional<UserState>> read_users(const Submissions& submissions);

  struct Scope {
    Instant now;
    Instant duplicates_since;      // `now`: repeated content is no duplicate
    std::int64_t max_waiting = 0;  // messages of a user; 0: no limit
    bool may_be_stored = false;    // the outcome of an earlier call with these submissions is unknown
  };
  // In one transaction: decides on the submissions in their order and stores the admitted ones
  // (submit_messages() in migrations/repeatable/). May be repeated, with `may_be_stored`: a submission whose
  // id is stored already changes nothing. `promotions` are of messages of single parts whose users have no
  // other submission in this call.
  std::vector<Admission> submit(const Submissions& submissions, const Promotions& promotions,
                                const Scope& scope);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
