// GET /messages/{id}/why: what a message waits for and when it is expected to be sent, or what became of it.
// Pure functions, safe from any thread.
#pragma once

#include "api/responses.hpp"
#include "orchestrator/message_record.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator::api {

// For a waiting message. A part of a sequence is explained by the state of the sequence.
OrderedJson waiting_explanation_json(const MessageRecord& record, const UserSnapshot& snapshot,
                                     const RuleDefaults& defaults, Instant now);

// For a message that no longer waits.
OrderedJson outcome_explanation_json(const MessageRecord& record);

}  // namespace orchestrator::api
