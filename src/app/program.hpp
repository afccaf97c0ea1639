// The program: command line, configuration from the environment, exit status.
#pragma once

#include "orchestrator/ports.hpp"

namespace orchestrator::app {

// Runs the program and returns its exit status: 0, 1 after a failure, 2 for an invalid configuration. Turns
// are pushed to `agent`, in this process, if it is not null: see examples/. Must be called before the first
// thread starts.
int run_program(int argc, char** argv, AgentProcessor* agent = nullptr);

}  // namespace orchestrator::app
