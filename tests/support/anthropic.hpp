// A stand-in for the Anthropic API: returns scripted responses and records the calls.
#pragma once

#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/scripted_server.hpp"

namespace orchestrator::support {

// Responses of the API. Each reports 200 input and 20 output tokens.
ScriptedReply says(const nlohmann::json& content, const std::string& stop_reason = "end_turn");
ScriptedReply judges(const std::string& verdict);  // RELEVANT, CONTEXTUAL, STALE
ScriptedReply writes(const std::string& text);
ScriptedReply fails(int status, const std::string& type, const std::string& retry_after = {});

class AnthropicStandIn {
 public:
  // Returns these responses one after the other, then the last one repeatedly.
  explicit AnthropicStandIn(std::vector<ScriptedReply> answers);

  std::string url() const { return server_.url(); }
  std::size_t calls() const { return server_.requests().size(); }
  std::vector<SeenRequest> requests() const { return server_.requests(); }

  // Replaces the responses from now on.
  void answer_with(const ScriptedReply& answer);

 private:
  ScriptedReply next();

  std::mutex mutex_;  // guards answers_
  std::deque<ScriptedReply> answers_;
  ScriptedServer server_{[this](const SeenRequest&) { return next(); }};
};

// The JSON object that a call presents to the model as material.
nlohmann::json material_of(const SeenRequest& call);

}  // namespace orchestrator::support
