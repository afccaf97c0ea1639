// message-orchestrator: decides when agents may write to people. See --help.

#include "app/program.hpp"

int main(int argc, char** argv) { return orchestrator::app::run_program(argc, argv); }
