#include "inbound/turn_json.hpp"

#include <optional>

namespace orchestrator::inbound {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxReplyBytes = 65'536;

// The depth is bounded because copying a value recurses.
Json parse(std::string_view body) {
  const auto is_shallow = [](int depth, Json::parse_event_t, Json&) {
    return depth <= static_cast<int>(kMaxDepth);
  };
  return Json::parse(body, is_shallow, /*allow_exceptions=*/false);
}

std::optional<std::string> text_of(const Json& object, const char* name) {
  const auto field = object.find(name);
  if (field == object.end() || field->is_null()) return "";
  if (!field->is_string()) return std::nullopt;
  return field->get<std::string>();
}

AgentAnswer malformed(const char* problem) {
  return {.success = false, .response = "", .error = problem, .agent = ""};
}

}  // namespace

nlohmann::ordered_json to_json(const Turn& turn) {
  auto messages = nlohmann::ordered_json::array();
  for (const Turn::Message& message : turn.messages) {
    messages.push_back({{"messageId", message.provider_id.value_or(message.id.value)},
                        {"id", message.id.value},
                        {"text", message.text},
                        {"messageType", message.type},
                        {"timestamp", format_instant(message.written_at)},
                        {"metadata", nlohmann::ordered_json::parse(message.metadata)}});
  }
  return {{"turnId", turn.id},
          {"token", turn.token},
          {"contactId", turn.contact_id},
          {"userId", turn.user.value},
          {"attempt", turn.attempt},
          {"leaseExpiresAt", format_instant(turn.lease_until)},
          {"messages", std::move(messages)}};
}

AgentAnswer answer_from_json(std::string_view body) {
  const Json answer = parse(body);
  if (!answer.is_object()) return malformed("the agent's answer is not a JSON object");
  const auto success = answer.find("success");
  if (success == answer.end() || !success->is_boolean())
    return malformed("the agent's answer has no \"success\": true or false");
  const auto response = text_of(answer, "response");
  const auto error = text_of(answer, "error");
  const auto agent = text_of(answer, "agentId");
  if (!response || !error || !agent) return malformed("response, error and agentId must be strings");
  if (response->size() > kMaxReplyBytes) return malformed("the response is longer than 65,536 bytes");
  for (const auto* text : {&*response, &*error, &*agent}) {
    if (text->find('\0') != std::string::npos) return malformed("the answer contains the character U+0000");
  }
  return {.success = success->get<bool>(), .response = *response, .error = *error, .agent = *agent};
}

}  // namespace orchestrator::inbound
