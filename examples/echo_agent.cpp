// An agent in the same process: the whole orchestrator, with turns brought to a class of one's own. It takes
// the same configuration as message-orchestrator.

#include "app/program.hpp"

namespace {

class EchoAgent final : public orchestrator::AgentProcessor {
 public:
  // Called from several threads at once, for different people. May take its time: the lease is renewed
  // meanwhile.
  orchestrator::AgentAnswer process(const orchestrator::Turn& turn) override {
    std::string reply = "You said:";
    for (const auto& message : turn.messages) reply += " " + message.text;
    return {.success = true, .response = reply, .error = "", .agent = "echo_agent"};
  }
};

}  // namespace

int main(int argc, char** argv) {
  EchoAgent agent;
  return orchestrator::app::run_program(argc, argv, &agent);
}
