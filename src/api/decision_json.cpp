#include "api/decision_json.hpp"

#include <cstdlib>
#include <utility>

namespace orchestrator::api {

std::string_view to_text(policy::Decision decision) {
  switch (decision) {
    case policy::Decision::send:
      return "send";
    case policy::Decision::defer:
      return "defer";
    case policy::Decision::cancel:
      return "cancel";
    case policy::Decision::expire:
      return "expire";
    case policy::Decision::fail:
      return "fail";
  }
  std::abort();
}

std::string_view to_text(policy::Prediction::Outcome outcome) {
  switch (outcome) {
    case policy::Prediction::Outcome::sent:
      return "sent";
    case policy::Prediction::Outcome::expired:
      return "expired";
    case policy::Prediction::Outcome::cancelled:
      return "cancelled";
    case policy::Prediction::Outcome::failed:
      return "failed";
  }
  std::abort();
}

OrderedJson reason_json(const std::optional<Reason>& reason) {
  return or_null(reason, [](Reason known) { return orchestrator::to_text(known); });
}

OrderedJson to_json(const std::vector<policy::RuleResult>& results) {
  OrderedJson rules = OrderedJson::array();
  for (const policy::RuleResult& result : results) {
    OrderedJson rule = {{"rule", result.rule}, {"verdict", result.blocks ? "block" : "pass"}};
    if (result.until) rule["until"] = format_instant(*result.until);
    rule["detail"] = result.explanation;
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace orchestrator::api
