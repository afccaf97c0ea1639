// message-orchestrator: schedules and delivers the messages that agents send to users. See --help.

#include "app/program.hpp"

int main(int argc, char** argv) { return orchestrator::app::run_program(argc, argv); }
