// A turn as agents see it, whether it is pushed to them or they fetch it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "orchestrator/inbound.hpp"

namespace orchestrator::inbound {

nlohmann::ordered_json to_json(const Turn& turn);

// An agent's answer to a turn that was pushed: {success, response?, error?, agentId?}. Whatever cannot be
// understood is a failure that says so.
AgentAnswer answer_from_json(std::string_view body);

}  // namespace orchestrator::inbound
