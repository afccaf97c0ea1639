// message-orchestrator: decides when agents may write to people. See --help.

#include "program.hpp"

int main(int argc, char** argv) { return orchestrator::run_program(argc, argv); }
