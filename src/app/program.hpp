// The program: its command line, its configuration from the environment, its exit status.
#pragma once

#include "orchestrator/ports.hpp"

namespace orchestrator::app {

// What main does, and all of it. With an agent of one's own, turns are brought to it, in this process: see
// examples/. Call it before the first thread.
int run_program(int argc, char** argv, AgentProcessor* agent = nullptr);

}  // namespace orchestrator::app
