#include "chaos/external_services.hpp"

#include <algorithm>
#include <functional>

#include "chaos/history.hpp"
#include "support/anthropic.hpp"
#include "support/eventually.hpp"

namespace orchestrator::chaos {
namespace {

using nlohmann::json;
using Conduct = support::StandInTwilio::Conduct;

// An instance waits 20 s for its agent, and 6 s when it shuts down. Some people's agent takes longer.
constexpr std::chrono::seconds kAgentTimeout{20};
constexpr std::chrono::seconds kLastWait{6};
constexpr std::chrono::seconds kTooLong{25};
constexpr std::chrono::milliseconds kLong{6000};
constexpr std::chrono::milliseconds kThinking{700};

// FNV-1a: the same on every machine.
unsigned hash_of(const std::string& text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

bool leaves_in_doubt(Conduct conduct) {
  return conduct == Conduct::accept_and_fail || conduct == Conduct::accept_and_hang ||
         conduct == Conduct::accept_and_reset || conduct == Conduct::hang || conduct == Conduct::reset ||
         conduct == Conduct::fail;
}

bool never_hears_in_time(const std::string& user) { return user.starts_with("slow"); }

}  // namespace

ExternalServices::ExternalServices(unsigned seed, int instances)
    : seed_(seed),
      provider_([this](const std::string& text, int before) { return provider_does(text, before); }),
      llm_([this](const support::SeenRequest&) { return llm_does(); }) {
  for (int instance = 0; instance < instances; ++instance) {
    agents_.push_back(std::make_unique<support::AgentServer>(
        [this, instance](const json& turn) { return agent_does(instance, turn); }));
  }
}

support::Variables ExternalServices::variables(int instance) const {
  return {{"SENDER", "twilio"},
          {"TWILIO_ACCOUNT_SID", "AC1"},
          {"TWILIO_AUTH_TOKEN", "token"},
          {"TWILIO_PHONE_NUMBER", "+15550109999"},
          {"TWILIO_BASE_URL", provider_.url()},
          {"PUBLIC_URL", "https://texts.example"},
          {"SEND_TIMEOUT_SECONDS", "2"},
          {"AGENT_WEBHOOK_URL", agents_[static_cast<std::size_t>(instance)]->url()},
          {"AGENT_TIMEOUT_SECONDS", std::to_string(kAgentTimeout.count())},
          {"TURN_LEASE_SECONDS", "10"},
          {"ANTHROPIC_API_KEY", "key"},
          {"ANTHROPIC_BASE_URL", llm_.url()}};
}

unsigned ExternalServices::draw(const std::string& about) const {
  return hash_of(std::to_string(seed_) + about) % 1000;
}

Conduct ExternalServices::provider_does(const std::string& text, int before) {
  constexpr Conduct troubles[] = {Conduct::accept_and_fail,
                                  Conduct::accept_and_hang,
                                  Conduct::accept_and_reset,
                                  Conduct::hang,
                                  Conduct::reset,
                                  Conduct::fail};
  const unsigned lot = draw(text);
  Conduct conduct = Conduct::accept;
  if (text.starts_with(kOptedOutPrefix))
    conduct = Conduct::unsubscribed;
  else if (is_well_behaved_)
    conduct = Conduct::accept;
  else if (lot < 30)
    conduct = troubles[lot % 6];
  else if (lot < 60 && before == 0)
    conduct = lot % 2 == 0 ? Conduct::unavailable : Conduct::too_many;
  else if (lot < 65)
    conduct = Conduct::bad_number;
  if (leaves_in_doubt(conduct)) {
    const std::lock_guard lock(mutex_);
    in_doubt_[text] = true;
  }
  return conduct;
}

support::AgentServer::Answer ExternalServices::agent_does(int instance, const json& turn) {
  AgentAttempt seen{
      .instance = instance,
      .user = turn.at("userId").get<std::string>(),
      .turn = turn.at("turnId").get<std::string>(),
      .attempt = turn.at("attempt").get<int>(),
      .came_at = wall_clock(),
      .lease_until = parse_instant(turn.at("leaseExpiresAt").get<std::string>()).value_or(Instant{}),
      .texts = {}};
  for (const auto& message : turn.at("messages")) seen.texts.push_back(message.at("text").get<std::string>());
  const std::string user = seen.user;
  const std::string answer = "re " + seen.turn;
  const unsigned lot = draw(seen.turn + std::to_string(seen.attempt));
  {
    const std::lock_guard lock(mutex_);
    agent_attempts_.push_back(std::move(seen));
  }
  const auto takes = [this](std::chrono::milliseconds time) {
    support::eventually([this] { return ending_ || is_well_behaved_; }, time);
  };
  if (is_well_behaved_) return support::says(answer);
  if (never_hears_in_time(user)) takes(kTooLong);
  if (lot < 40) return {500, "{}"};
  if (lot < 80) return {200, json{{"success", false}, {"error", "scripted"}}.dump()};
  if (lot < 180) takes(kLong);
  return support::says(lot < 230 ? "" : answer);
}

support::ScriptedReply ExternalServices::llm_does() {
  if (is_well_behaved_) return support::judges("RELEVANT");
  const unsigned question = questions_++;
  if (question % 2 == 0) support::eventually([this] { return ending_ || is_well_behaved_; }, kThinking);
  if (question % 7 == 3) return support::fails(529, "overloaded_error");
  return support::judges(question % 3 == 1 ? "STALE" : "RELEVANT");
}

std::vector<AgentAttempt> ExternalServices::agent_attempts() const {
  const std::lock_guard lock(mutex_);
  return agent_attempts_;
}

bool ExternalServices::is_waiting_for_agent(int instance, Instant started_at) const {
  const Instant since = std::max(started_at, wall_clock() - (kAgentTimeout - kLastWait));
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(agent_attempts_, [&](const AgentAttempt& attempt) {
    return attempt.instance == instance && attempt.came_at > since && never_hears_in_time(attempt.user);
  });
}

std::map<std::string, bool> ExternalServices::texts_in_doubt() const {
  const std::lock_guard lock(mutex_);
  return in_doubt_;
}

}  // namespace orchestrator::chaos
