// An agent in the same process: the complete orchestrator, which pushes turns to a class of this program. The
// configuration is that of message-orchestrator.

#include "app/program.hpp"

namespace {

class EchoAgent final : public orchestrator::AgentProcessor {
 public:
  // Called from several threads concurrently, for different contacts. A call may take long: the orchestrator
  // renews the lease of the turn meanwhile.
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
