// POST /schedule-message: JSON to ScheduleRequest, and the answer. Pure functions, safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "http/answer.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/rejection.hpp"

namespace orchestrator::http {

// `idempotency_header` is the header Idempotency-Key, which counts as the field idempotencyKey. A
// scheduledFor before `now` becomes `now`: nobody jumps the queue by dating back.
std::variant<ScheduleRequest, Rejection> schedule_request_from_json(
    std::string_view body, std::optional<std::string> idempotency_header, Instant now);

OrderedJson to_json(const Scheduled& scheduled);

}  // namespace orchestrator::http
