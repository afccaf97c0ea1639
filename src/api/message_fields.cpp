#include "api/message_fields.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "text/identifier.hpp"
#include "text/utf8.hpp"

namespace orchestrator::api {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxContentCharacters = 1600;  // Twilio's cap for one message body
constexpr std::size_t kMaxParts = 20;

Rejection refused(int status, std::string code, std::string message) {
  return {.status = status, .code = std::move(code), .message = std::move(message)};
}

Rejection no_content(const std::string& problem) {
  return refused(422, "no_content", "There is nothing to send: " + problem + ".");
}

bool has(const json& object, std::string_view name) {
  const auto found = object.find(name);
  return found != object.end() && !found->is_null();
}

// Refuses a message without text now; otherwise it would fail only when it is due.
std::optional<Rejection> check_content(const json& part, const std::string& name) {
  const auto content = part.find("content");
  if (content == part.end() || content->is_null()) {
    return no_content("put the text into " + name + ".content");
  }
  if (!content->is_string()) return refused(400, "invalid_field", name + ".content must be a string.");
  const auto& text = content->get_ref<const std::string&>();
  if (text::is_blank(text)) {
    return no_content(name + ".content is blank");
  }
  if (text::count_characters(text) > kMaxContentCharacters) {
    return refused(422, "content_too_long",
                   name + ".content may have at most " + std::to_string(kMaxContentCharacters) +
                       " characters; split the message.");
  }
  return std::nullopt;
}

std::optional<Rejection> check_sequence(const json& message_data) {
  if (has(message_data, "content")) {
    return refused(400, "invalid_field", "Send messageData.content or messageData.sequence, not both.");
  }
  const json& sequence = *message_data.find("sequence");
  if (!sequence.is_array()) return refused(400, "invalid_field", "messageData.sequence must be an array.");
  if (sequence.empty() || sequence.size() > kMaxParts) {
    return refused(422, "invalid_sequence",
                   "messageData.sequence must have 1 to " + std::to_string(kMaxParts) + " parts.");
  }
  for (std::size_t i = 0; i < sequence.size(); ++i) {
    const std::string name = "messageData.sequence[" + std::to_string(i) + "]";
    if (!sequence[i].is_object()) return refused(400, "invalid_field", name + " must be an object.");
    if (has(sequence[i], "sequence")) {
      return refused(400, "invalid_field", name + " must not contain a sequence.");
    }
    if (auto rejection = check_content(sequence[i], name)) return rejection;
  }
  return std::nullopt;
}

// Each part gets the fields beside the sequence; its own fields take precedence.
std::vector<std::string> parts_of(const json& message_data) {
  json shared = message_data;
  shared.erase("sequence");
  shared.erase("content");
  std::vector<std::string> parts;
  for (const json& own : *message_data.find("sequence")) {
    json part = shared;
    part.update(own);
    parts.push_back(part.dump());
  }
  return parts;
}

bool is_too_large(const std::vector<std::string>& parts) {
  std::size_t bytes = 0;
  for (const std::string& part : parts) bytes += part.size();
  return bytes > kMaxMessageBytes;
}

// A message that is to be rendered needs at least one fact.
std::optional<Rejection> check_facts(const json& message_data) {
  const auto is_null = [](const json& fact) { return fact.is_null(); };
  if (!std::ranges::all_of(message_data, is_null)) return std::nullopt;
  return no_content("messageData is empty");
}

std::optional<Rejection> check_message_data(const json& message_data, bool has_renderer) {
  if (has(message_data, "sequence")) return check_sequence(message_data);
  if (has_renderer && !has(message_data, "content")) return check_facts(message_data);
  return check_content(message_data, "messageData");
}

std::vector<std::string> read_parts(Fields& fields, bool has_renderer) {
  const json* message_data = fields.object("messageData");
  if (message_data == nullptr) return {};
  const bool is_sequence = has(*message_data, "sequence");
  auto rejection = check_message_data(*message_data, has_renderer);
  if (rejection) {
    fields.refuse(*std::move(rejection));
    return {};
  }
  if (!is_sequence) return {message_data->dump()};
  auto parts = parts_of(*message_data);
  if (is_too_large(parts)) {
    fields.refuse(too_large("messageData, with the shared fields copied into each part,", kMaxMessageBytes));
  }
  return parts;
}

Priority read_priority(Fields& fields) {
  const auto text = fields.text("priority");
  const auto priority = text ? priority_from_text(*text) : Priority::medium;
  if (!priority) {
    fields.refuse(refused(400, "invalid_priority", "priority must be one of urgent, high, medium, low."));
  }
  return priority.value_or(Priority::medium);
}

}  // namespace

ScheduleRequest read_message_fields(Fields& fields, bool has_renderer) {
  ScheduleRequest request;
  request.user = UserId(fields.id("userId").value_or(""));
  request.agent = AgentId(fields.id("agentId").value_or(""));
  request.conversation_id = fields.id("conversationId");
  request.supersede_key = fields.id("supersedeKey");
  request.idempotency_key = fields.id("idempotencyKey");
  request.can_delay = fields.boolean("canDelay").value_or(true);
  request.requires_fresh_context = fields.boolean("requiresFreshContext").value_or(false);
  request.allow_duplicate = fields.boolean("allowDuplicate").value_or(false);
  request.priority = read_priority(fields);
  const json* message_data = fields.object("messageData");
  request.needs_rendering =
      message_data != nullptr && !has(*message_data, "content") && !has(*message_data, "sequence");
  request.parts = read_parts(fields, has_renderer);
  return request;
}

}  // namespace orchestrator::api
