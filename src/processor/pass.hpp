// One pass: finds the users that are due, decides, applies. An ordinary function: no thread, no sleep.
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
  std::int64_t promoted = 0;  // messages that crossed into `messages`
  std::int64_t deferred = 0;  // users whose head of line was held back
  std::int64_t expired = 0;   // messages, and so on
  std::int64_t cancelled = 0;
  std::int64_t failed = 0;
  std::int64_t asked = 0;                                   // messages that went to the LLM
  std::array<std::int64_t, kReasonCount> deferred_by = {};  // by Reason
  bool left_some = false;                                   // users were due whose rows somebody else held
  bool queue_is_busy = false;                               // more users were due than the threshold
};

// What a pass works with. All must outlive the call.
struct PassContext {
  storage::PassStore& store;
  const Clock& clock;
  UuidV7Source& ids;
  const RuleDefaults& rules;
  std::int64_t busy_threshold = 1000;  // so many users due are not yet a busy queue
  // What decides; another one only in tests of the tests.
  std::function<decltype(policy::plan_user)> plan = policy::plan_user;
};

enum class PassKind {
  express,  // users with urgent or high messages, and users who just wrote
  full,     // everybody who is due
};

// Drains what is ready, batch after batch, express users first and again between batches. Ends early, after
// the batch at hand, when `stop` is requested. An express pass does not count who is due, which would hold it
// up: it goes by what the last full pass found, `queue_was_busy`. Any number may run at once, here and on
// other instances. Throws storage::Unavailable; what earlier batches did is committed.
PassSummary run_pass(const PassContext& context, PassKind kind, const std::stop_token& stop,
                     bool queue_was_busy = false);

}  // namespace orchestrator::processor
