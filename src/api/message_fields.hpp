// The fields of a message in a request of an agent, to schedule it or to preview the decision on it. Pure
// functions, safe from any thread.
#pragma once

#include <array>
#include <string_view>

#include "api/fields.hpp"
#include "orchestrator/messages.hpp"

namespace orchestrator::api {

inline constexpr std::size_t kMaxMessageBytes = std::size_t{1024} * 1024;  // of the JSON of one message

inline constexpr std::array<std::string_view, 12> kMessageFields = {
    "userId",         "agentId",      "messageData", "priority",       "canDelay",     "requiresFreshContext",
    "conversationId", "scheduledFor", "expiresAt",   "idempotencyKey", "supersedeKey", "allowDuplicate"};

// Everything except the times and the hashes. With a renderer, a single message may have no content.
ScheduleRequest read_message_fields(Fields& fields, bool has_renderer);

}  // namespace orchestrator::api
