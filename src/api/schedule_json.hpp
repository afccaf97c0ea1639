// POST /schedule-message and /schedule-messages: JSON to ScheduleRequest, and the answers. Pure functions,
// safe from any thread.
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "api/answer.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/rejection.hpp"

namespace orchestrator::api {

// `idempotency_headers` are the values of the headers Idempotency-Key, each of which counts as the field
// idempotencyKey; all must agree. A scheduledFor before `now` becomes `now`: nobody jumps the queue by
// dating back. Refused with 413 beyond kMaxMessageBytes. Where there is a renderer, content may be missing.
std::variant<ScheduleRequest, Rejection> schedule_request_from_json(
    std::string_view body, const std::vector<std::string_view>& idempotency_headers, Instant now,
    bool has_renderer);

OrderedJson to_json(const Scheduled& scheduled);

// One of the results of a bulk request.
OrderedJson result_json(const std::variant<Scheduled, Rejection>& result);

}  // namespace orchestrator::api
