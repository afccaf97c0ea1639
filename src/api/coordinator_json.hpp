// The state of the coordinator as JSON, for operators. Pure functions, safe from any thread.
#pragma once

#include <vector>

#include "api/process_statistics.hpp"
#include "api/responses.hpp"
#include "orchestrator/coordinator.hpp"

namespace orchestrator::api {

// Percent of the ended turns that succeeded; 100 while none has ended.
double success_rate(const CoordinatorStats& stats);

OrderedJson to_json(const CoordinatorStats& stats, const std::vector<ContactStatus>& busiest,
                    const ProcessStatistics& process, Instant now);
OrderedJson to_json(const ContactStatus& contact, Instant now);

}  // namespace orchestrator::api
