// The running service: everything is built and wired here, top to bottom, and taken down in reverse.
#pragma once

#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::app {

// Serves until SIGTERM or SIGINT, which the caller has blocked in all threads. Throws when it cannot start;
// what() says to the operator why. Turns are brought to `agent`; null: to AGENT_WEBHOOK_URL, or agents fetch
// them.
void serve(const Config& config, AgentProcessor* agent = nullptr);

// Brings the schema up to date and returns.
void migrate_only(const Config& config);

}  // namespace orchestrator::app
