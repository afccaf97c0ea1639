// Decisions, predictions and rule results as JSON, for POST /preview and GET /messages/{id}/why. Pure
// functions, safe from any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/responses.hpp"
#include "orchestrator/types.hpp"
#include "policy/policy.hpp"

namespace orchestrator::api {

std::string_view to_text(policy::Decision decision);
std::string_view to_text(policy::Prediction::Outcome outcome);

OrderedJson reason_json(const std::optional<Reason>& reason);

// [{rule, verdict, until?, detail}], in the order of evaluation.
OrderedJson to_json(const std::vector<policy::RuleResult>& results);

}  // namespace orchestrator::api
