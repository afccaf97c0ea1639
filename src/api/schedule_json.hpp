// POST /schedule-message and /schedule-messages: JSON to ScheduleRequest, and the results to JSON. Pure
// functions, safe from any thread.
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "api/responses.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/result.hpp"

namespace orchestrator::api {

// `idempotency_headers` are the values of the headers Idempotency-Key; each counts as the field
// idempotencyKey, and all must be equal. A scheduledFor before `now` becomes `now`, so that backdating gains
// no place in the queue. Refused with 413 beyond kMaxMessageBytes. With a renderer, content may be missing.
Result<ScheduleRequest> schedule_request_from_json(std::string_view body,
                                                   const std::vector<std::string_view>& idempotency_headers,
                                                   Instant now, bool has_renderer);

OrderedJson to_json(const Scheduled& scheduled);

// The result of one item of a bulk request.
OrderedJson bulk_result_json(const std::variant<Scheduled, Rejection>& result);

}  // namespace orchestrator::api
