// Decides which urgent and high messages are promoted in the call that stores them, instead of by the next
// pass. Safe from any thread.
#pragma once

#include <optional>

#include "orchestrator/immediate_promotion.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/queue_store.hpp"

namespace orchestrator::ingest {

// What a pass at `now` would do for the user if the message of `submission` were stored, provided that it
// would promote that message and do nothing else; without the id of the promoted message. Pure. Throws as
// policy::limits_in_force.
std::optional<UserUpdate> promotion_of(const Submission& submission, const UserState& user, Instant now,
                                       const RuleDefaults& rules);

// For the submissions of one call: reads the users of urgent and high messages and decides. A message that
// the user's other submissions of the call may precede is left to a pass. Throws storage::Unavailable.
storage::QueueStore::Promotions decide_promotions(storage::QueueStore& store,
                                                  const storage::QueueStore::Submissions& submissions,
                                                  Instant now, UuidV7Source& ids, const RuleDefaults& rules);

}  // namespace orchestrator::ingest
