// One pass: claims the users that are due, has policy decide, stores the decisions. A plain function: it
// starts no thread and does not sleep.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <stop_token>

#include "orchestrator/clock.hpp"
#include "orchestrator/rules.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "policy/policy.hpp"
#include "storage/pass_store.hpp"

namespace orchestrator::processor {

// What one pass did.
struct PassSummary {
  Instant started_at;
  std::int64_t promoted = 0;  // messages moved into `messages`
  std::int64_t deferred = 0;  // users whose head of line a rule deferred
  std::int64_t expired = 0;   // messages
  std::int64_t cancelled = 0;
  std::int64_t failed = 0;
  std::int64_t sent_to_llm = 0;                             // messages
  std::array<std::int64_t, kReasonCount> deferred_by = {};  // by Reason
  bool left_locked = false;    // another transaction had locked the rows of users that were due
  bool queue_is_busy = false;  // more users were due than busy_threshold
};

// What a pass needs. Everything it refers to must outlive the call.
struct PassContext {
  storage::PassStore& store;
  const Clock& clock;
  UuidV7Source& ids;
  const RuleDefaults& rules;
  std::int64_t busy_threshold = 1000;  // with more due users, the queue is busy
  // Replaced only by tests that plant bugs.
  std::function<decltype(policy::plan_user)> plan = policy::plan_user;
};

enum class PassKind {
  express,  // users with urgent or high messages, and users who just wrote
  full,     // all users that are due
};

// Processes due users in batches, express users first and again between batches. After `stop` is requested,
// ends with the current batch. An express pass does not count due users, which would delay it, but uses what
// the last full pass found: `queue_was_busy`. Any number of passes may run at once, in this instance and
// others. Throws storage::Unavailable; earlier batches are committed.
PassSummary run_pass(const PassContext& context, PassKind kind, const std::stop_token& stop,
                     bool queue_was_busy = false);

}  // namespace orchestrator::processor
