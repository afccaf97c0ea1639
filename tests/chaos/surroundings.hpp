// What the instances speak to besides PostgreSQL: the provider, the agent and the LLM, each as unreliable as
// in life, and each with a record of its own.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"
#include "support/agent_server.hpp"
#include "support/scripted_server.hpp"
#include "support/service.hpp"
#include "support/stand_in_twilio.hpp"

namespace orchestrator::chaos {

// How texts begin that their recipients have refused at the provider.
inline constexpr const char* kUnwanted = "unwanted ";

// A turn as it came to the agent, each try.
struct AgentTry {
  int instance = 0;  // that brought it
  std::string user;
  std::string turn;
  int attempt = 0;
  Instant came_at;
  Instant lease_until;
  std::vector<std::string> texts;
};

// Safe for concurrent use. What happens to a text or a turn depends on the seed and on it alone.
class Surroundings {
 public:
  Surroundings(unsigned seed, int instances);
  ~Surroundings() { ending_ = true; }
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

  // For an instance; the times that it waits for others are short.
  support::Variables variables(int instance) const;

  // From now on nobody misbehaves.
  void behave() { behaving_ = true; }

  const support::StandInTwilio& provider() const { return provider_; }
  std::vector<AgentTry> tries() const;
  // Whether the instance, which was started then, will be waiting for its agent for a few seconds more.
  bool waits_for_agent(int instance, Instant started_at) const;
  // Texts to which the provider once did not give the answer that their sender needed.
  std::map<std::string, bool> left_in_doubt() const;

 private:
  support::StandInTwilio::Conduct provider_does(const std::string& text, int before);
  support::AgentServer::Answer agent_does(int instance, const nlohmann::json& turn);
  support::ScriptedReply llm_does();
  unsigned draw(const std::string& about) const;

  const unsigned seed_;
  std::atomic<bool> ending_ = false;
  std::atomic<bool> behaving_ = false;
  std::atomic<unsigned> questions_ = 0;
  mutable std::mutex mutex_;  // guards the two below
  std::vector<AgentTry> tries_;
  std::map<std::string, bool> in_doubt_;
  support::StandInTwilio provider_;                            // these last: their threads use the rest
  std::vector<std::unique_ptr<support::AgentServer>> agents_;  // by instance, so that they know it
  support::ScriptedServer llm_;
};

}  // namespace orchestrator::chaos
