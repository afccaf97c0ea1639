// The fields of a message as agents send them, whether to be scheduled or to be judged only. Pure, safe from
// any thread.
#pragma once

#include <array>
#include <string_view>

#include "api/fields.hpp"
#include "orchestrator/messages.hpp"

namespace orchestrator::api {

inline constexpr std::size_t kMaxMessageBytes = std::size_t{1024} * 1024;  // of one message's JSON

inline constexpr std::array<std::string_view, 12> kMessageFields = {
    "userId",         "agentId",      "messageData", "priority",       "canDelay",     "requiresFreshContext",
    "conversationId", "scheduledFor", "expiresAt",   "idempotencyKey", "supersedeKey", "allowDuplicate"};

// All but the times and the hashes. Where there is a renderer, a message by itself may come without content.
ScheduleRequest read_message_fields(Fields& fields, bool has_renderer);

}  // namespace orchestrator::api
