// GET /messages/{id}: MessageRecord to JSON. Pure functions, safe from any thread.
#pragma once

#include "api/responses.hpp"
#include "orchestrator/message_record.hpp"

namespace orchestrator::api {

OrderedJson to_json(const MessageRecord& record);

// Whether the message is still in the queue.
bool is_waiting(const MessageRecord& record);

}  // namespace orchestrator::api
