// The JSON of a turn, the same whether the turn is pushed to the agent or the agent pulls it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "orchestrator/inbound.hpp"

namespace orchestrator::inbound {

nlohmann::ordered_json to_json(const Turn& turn);

// Parses the response to a pushed turn: {success, response?, error?, agentId?}. A malformed response becomes
// a failed answer whose `error` describes the problem.
AgentAnswer answer_from_json(std::string_view body);

}  // namespace orchestrator::inbound
