// What the rules say, as JSON: one spelling for everybody who asks. Pure functions, safe from any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/answer.hpp"
#include "orchestrator/types.hpp"
#include "policy/policy.hpp"

namespace orchestrator::api {

std::string_view to_text(policy::Decision decision);
std::string_view to_text(policy::Prediction::Outcome outcome);

OrderedJson reason_json(const std::optional<Reason>& reason);

// [{rule, verdict, until?, detail}], in the rules' order.
OrderedJson to_json(const std::vector<policy::RuleResult>& results);

}  // namespace orchestrator::api
