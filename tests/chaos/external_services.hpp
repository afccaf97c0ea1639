// Stand-ins for the external services: provider, agent and LLM, each unreliable and each recording what it
// receives.
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

// Prefix of texts to recipients who have opted out at the provider.
inline constexpr const char* kOptedOutPrefix = "unwanted ";

// One attempt of a turn, as the agent received it.
struct AgentAttempt {
  int instance = 0;  // that pushed it
  std::string user;
  std::string turn;
  int attempt = 0;
  Instant came_at;
  Instant lease_until;
  std::vector<std::string> texts;
};

// Safe for concurrent use. The response to a text or turn depends only on the seed and on the text or turn.
class ExternalServices {
 public:
  ExternalServices(unsigned seed, int instances);
  ~ExternalServices() { ending_ = true; }
  ExternalServices(const ExternalServices&) = delete;
  ExternalServices& operator=(const ExternalServices&) = delete;

  // Settings for an instance, with short time-outs.
  support::Variables variables(int instance) const;

  // From now on all stand-ins respond correctly.
  void stop_misbehaving() { is_well_behaved_ = true; }

  const support::StandInTwilio& provider() const { return provider_; }
  std::vector<AgentAttempt> agent_attempts() const;
  // Whether the instance started at `started_at` will wait for its agent for a few more seconds.
  bool is_waiting_for_agent(int instance, Instant started_at) const;
  // Texts for which the provider once withheld the response.
  std::map<std::string, bool> texts_in_doubt() const;

 private:
  support::StandInTwilio::Conduct provider_does(const std::string& text, int before);
  support::AgentServer::Answer agent_does(int instance, const nlohmann::json& turn);
  support::ScriptedReply llm_does();
  unsigned draw(const std::string& about) const;

  const unsigned seed_;
  std::atomic<bool> ending_ = false;
  std::atomic<bool> is_well_behaved_ = false;
  std::atomic<unsigned> questions_ = 0;
  mutable std::mutex mutex_;  // guards the two members below
  std::vector<AgentAttempt> agent_attempts_;
  std::map<std::string, bool> in_doubt_;
  support::StandInTwilio provider_;                            // last: their threads use the rest
  std::vector<std::unique_ptr<support::AgentServer>> agents_;  // one per instance
  support::ScriptedServer llm_;
};

}  // namespace orchestrator::chaos
