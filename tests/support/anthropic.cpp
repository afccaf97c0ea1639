#include "support/anthropic.hpp"

namespace orchestrator::support {

using nlohmann::json;

ScriptedReply says(const json& content, const std::string& stop_reason) {
  ScriptedReply reply;
  reply.body = json{{"id", "msg_1"},
                    {"type", "message"},
                    {"role", "assistant"},
                    {"model", "claude-sonnet-4-5-20250929"},
                    {"content", {{{"type", "text"}, {"text", content.dump()}}}},
                    {"stop_reason", stop_reason},
                    {"usage", {{"input_tokens", 200}, {"output_tokens", 20}}}}
                   .dump();
  return reply;
}

ScriptedReply judges(const std::string& verdict) {
  return says({{"verdict", verdict}, {"reason", "so it seems"}});
}

ScriptedReply writes(const std::string& text) { return says({{"text", text}}); }

ScriptedReply fails(int status, const std::string& type, const std::string& retry_after) {
  ScriptedReply reply;
  reply.status = status;
  reply.body = json{{"type", "error"}, {"error", {{"type", type}, {"message", "not now"}}}}.dump();
  if (!retry_after.empty()) reply.headers["retry-after"] = retry_after;
  return reply;
}

AnthropicStandIn::AnthropicStandIn(std::vector<ScriptedReply> answers)
    : answers_(answers.begin(), answers.end()) {}

void AnthropicStandIn::answer_with(const ScriptedReply& answer) {
  const std::lock_guard lock(mutex_);
  answers_ = {answer};
}

ScriptedReply AnthropicStandIn::next() {
  const std::lock_guard lock(mutex_);
  const ScriptedReply answer = answers_.front();
  if (answers_.size() > 1) answers_.pop_front();
  return answer;
}

json material_of(const SeenRequest& call) {
  return json::parse(json::parse(call.body).at("messages").at(0).at("content").get<std::string>());
}

}  // namespace orchestrator::support
