// What stands in for the Anthropic API in tests: answers as a test has scripted them, and remembers the
// calls.
#pragma once

#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/scripted_server.hpp"

namespace orchestrator::support {

// Answers of the API. Each says that it read 200 tokens and wrote 20.
ScriptedReply says(const nlohmann::json& content, const std::string& stop_reason = "end_turn");
ScriptedReply judges(const std::string& verdict);  // RELEVANT, CONTEXTUAL, STALE
ScriptedReply writes(const std::string& text);
ScriptedReply fails(int status, const std::string& type, const std::string& retry_after = {});

class AnthropicStandIn {
 public:
  // Gives these answers in turn, the last one for ever.
  explicit AnthropicStandIn(std::vector<ScriptedReply> answers);

  std::string url() const { return server_.url(); }
  std::size_t calls() const { return server_.requests().size(); }
  std::vector<SeenRequest> requests() const { return server_.requests(); }

  // From now on.
  void answer_with(const ScriptedReply& answer);

 private:
  ScriptedReply next();

  std::mutex mutex_;  // guards answers_
  std::deque<ScriptedReply> answers_;
  ScriptedServer server_{[this](const SeenRequest&) { return next(); }};
};

// The JSON object that the model is shown as material in a call.
nlohmann::json material_of(const SeenRequest& call);

}  // namespace orchestrator::support
