// What the answer to a request tells about its message. Pure, safe from any thread.
#pragma once

#include "orchestrator/admission.hpp"
#include "orchestrator/instant.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator::ingest {

// The message that `submission` becomes at `now`, as a pass sees it.
QueuedMessage message_of(const Submission& submission, Instant now);

// On the message that `submission` has become, or on the earlier one that it repeats. `admission` is neither
// locked nor a refusal. Throws as policy::limits_in_force.
ScheduleDecision decision_on(const Submission& submission, const Admission& admission, Instant now,
                             const RuleDefaults& rules);

}  // namespace orchestrator::ingest
