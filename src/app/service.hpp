// The running service: all components are constructed and connected here, and destroyed in reverse order.
#pragma once

#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::app {

// Serves until SIGTERM or SIGINT, which the caller must have blocked in all threads. Throws if the service
// cannot start; what() tells the operator why. Turns are pushed to `agent`; if it is null, to
// AGENT_WEBHOOK_URL; if that is not set, agents pull them.
void serve(const Config& config, AgentProcessor* agent = nullptr);

// Applies pending schema migrations.
void migrate_only(const Config& config);

}  // namespace orchestrator::app
