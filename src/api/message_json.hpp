// GET /messages/{id}, GET /messages/{id}/why and DELETE /messages/{id}: the answers. Pure functions, safe
// from any thread.
#pragma once

#include "api/answer.hpp"
#include "orchestrator/message_record.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator::api {

OrderedJson to_json(const MessageRecord& record);

// Whether it is still to be decided what becomes of the message.
bool is_waiting(const MessageRecord& record);

// Why a message waits, and when it will go. A part of a sequence is explained through the sequence.
OrderedJson why_json(const MessageRecord& record, const UserSnapshot& line, const RuleDefaults& defaults,
                     Instant now);

// What became of a message that does not wait any longer.
OrderedJson settled_json(const MessageRecord& record);

}  // namespace orchestrator::api
