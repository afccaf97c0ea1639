#include "providers/anthropic/messages_api.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <variant>

#include "providers/anthropic/error_statuses.hpp"
#include "providers/anthropic/prices.hpp"
#include "providers/anthropic/prompts.hpp"
#include "text/ascii.hpp"
#include "text/utf8.hpp"

namespace orchestrator::anthropic {

namespace {

using nlohmann::json;
using Kind = RenderAnswer::Kind;

constexpr const char* kVersion = "2023-06-01";
constexpr std::chrono::seconds kTimeout{30};

// Far more than three SMS or a verdict need; a longer answer is useless.
constexpr int kMaxTokens = 1024;

json schema_of(LlmQuestion question) {
  const bool is_verdict = question == LlmQuestion::relevance;
  const json text = {{"type", "string"}};
  json properties = {{"text", text}};
  if (is_verdict) {
    properties = {{"verdict", {{"type", "string"}, {"enum", {"RELEVANT", "CONTEXTUAL", "STALE"}}}},
                  {"reason", text}};
  }
  const json required = is_verdict ? json::array({"verdict", "reason"}) : json::array({"text"});
  return {{"type", "object"},
          {"properties", properties},
          {"required", required},
          {"additionalProperties", false}};
}

// Texts by users and agents go into one JSON object, so that they cannot be taken for instructions.
std::string material_json(const RenderRequest& request) {
  json inbound_texts = json::array();
  for (const InboundText& inbound : request.inbound_texts) {
    inbound_texts.push_back({{"at", format_instant(inbound.at)}, {"text", inbound.text}});
  }
  json material = {{"scheduled_at", format_instant(request.queued_at)},
                   {"written_by_the_person_since", inbound_texts},
                   {"data", json::parse(request.data)}};
  if (!request.text.empty()) {
    material.erase("data");
    material["message"] = request.text;
  }
  return material.dump(-1, ' ', false, json::error_handler_t::replace);
}

RenderAnswer failed(Kind kind, std::string explanation) {
  RenderAnswer answer;
  answer.kind = kind;
  answer.explanation = std::move(explanation);
  return answer;
}

// "HTTP 529: overloaded_error: …"; type and message are omitted if the body does not contain them.
std::string error_text(const net::HttpAnswer& answer) {
  constexpr std::size_t kMaxBytes = 200;
  std::string text = "HTTP " + std::to_string(answer.status);
  const json body = json::parse(answer.body, nullptr, false);
  if (!body.is_object() || !body.contains("error") || !body["error"].is_object()) return text;
  for (const char* name : {"type", "message"}) {
    const auto field = body["error"].find(name);
    if (field == body["error"].end() || !field->is_string()) continue;
    text.append(": ").append(text::prefix_of(field->get_ref<const std::string&>(), kMaxBytes));
  }
  return text;
}

RenderAnswer answer_from_error(const net::HttpAnswer& http) {
  RenderAnswer answer = failed(is_refused(http.status) ? Kind::refused : Kind::retry, error_text(http));
  answer.is_overloaded = is_overloaded(http.status);
  answer.retry_after = http.retry_after();
  return answer;
}

std::string first_text(const json& body) {
  const auto content = body.find("content");
  if (content == body.end() || !content->is_array()) return {};
  for (const json& block : *content) {
    if (block.is_object() && block.value("type", json()) == json("text") && block.contains("text") &&
        block["text"].is_string()) {
      return block["text"].get<std::string>();
    }
  }
  return {};
}

std::int64_t usage_count(const json& body, const char* name) {
  const auto usage = body.find("usage");
  if (usage == body.end() || !usage->is_object()) return 0;
  const auto count = usage->find(name);
  return count != usage->end() && count->is_number_integer() ? count->get<std::int64_t>() : 0;
}

std::string string_member(const json& object, const char* name) {
  const auto field = object.find(name);
  return field != object.end() && field->is_string() ? field->get<std::string>() : std::string();
}

RenderUsage usage_of(const json& body) {
  RenderUsage usage;
  usage.model = string_member(body, "model");
  usage.input_tokens = usage_count(body, "input_tokens") + usage_count(body, "cache_creation_input_tokens") +
                       usage_count(body, "cache_read_input_tokens");
  usage.output_tokens = usage_count(body, "output_tokens");
  usage.cost_usd = cost_usd(usage.model, usage.input_tokens, usage.output_tokens);
  return usage;
}

RenderAnswer verdict_in(const json& content) {
  const std::string verdict = string_member(content, "verdict");
  RenderAnswer answer = failed(Kind::retry, "unknown verdict: " + std::string(text::prefix_of(verdict, 40)));
  if (verdict == "RELEVANT") answer.kind = Kind::relevant;
  if (verdict == "CONTEXTUAL") answer.kind = Kind::contextual;
  if (verdict == "STALE") answer.kind = Kind::stale;
  if (answer.kind != Kind::retry) answer.explanation = string_member(content, "reason");
  return answer;
}

// Whether the text is JSON, or contains JSON: in a code fence, or an object with a member.
bool contains_data(const std::string& text) {
  if (text.starts_with('{') || text.starts_with('[') || text.find("```") != std::string::npos) return true;
  for (std::size_t brace = text.find('{'); brace != std::string::npos; brace = text.find('{', brace + 1)) {
    const std::size_t next = text.find_first_not_of(text::kWhiteSpace, brace + 1);
    if (next != std::string::npos && text[next] == '"') return true;
  }
  return false;
}

// A text with a NUL cannot be stored in PostgreSQL, and data must not be sent to a user.
RenderAnswer text_in(const json& content) {
  const std::string text(text::trim(string_member(content, "text")));
  if (text.empty() || contains_data(text) || text.find('\0') != std::string::npos) {
    return failed(Kind::retry, "unusable text");
  }
  RenderAnswer answer;
  answer.kind = Kind::rendered;
  answer.text = text;
  return answer;
}

RenderAnswer answer_from_message(const json& body, LlmQuestion question) {
  const std::string stop_reason = string_member(body, "stop_reason");
  if (stop_reason == "refusal") return failed(Kind::refused, "the model refused to answer");
  if (stop_reason == "max_tokens") return failed(Kind::retry, "the answer exceeds max_tokens");
  const json content = json::parse(first_text(body), nullptr, false);
  if (!content.is_object()) return failed(Kind::retry, "the answer does not follow the requested format");
  return question == LlmQuestion::relevance ? verdict_in(content) : text_in(content);
}

}  // namespace

net::HttpRequest messages_request(const AnthropicConfig& config, const RenderRequest& request,
                                  const std::string& too_long) {
  json messages = json::array({{{"role", "user"}, {"content", material_json(request)}}});
  if (!too_long.empty()) {
    messages.push_back({{"role", "assistant"}, {"content", json{{"text", too_long}}.dump()}});
    messages.push_back({{"role", "user"}, {"content", kShortenPrompt}});
  }
  const bool is_verdict = request.question == LlmQuestion::relevance;
  const json body = {
      {"model", config.model},
      {"max_tokens", kMaxTokens},
      {"system", is_verdict ? kRelevancePrompt : kRenderingPrompt},
      {"messages", messages},
      {"output_config", {{"format", {{"type", "json_schema"}, {"schema", schema_of(request.question)}}}}}};
  net::HttpRequest call;
  call.method = "POST";
  call.url = config.base_url + "/v1/messages";
  call.headers = {{"content-type", "application/json"},
                  {"x-api-key", config.api_key.reveal()},
                  {"anthropic-version", kVersion}};
  call.body = body.dump();
  call.timeout = kTimeout;
  return call;
}

RenderAnswer parse_answer(const net::HttpResult& result, LlmQuestion question) {
  if (const auto* failure = std::get_if<net::HttpFailure>(&result))
    return failed(Kind::retry, failure->detail);
  const auto& http = std::get<net::HttpAnswer>(result);
  if (http.status != 200) return answer_from_error(http);
  const json body = json::parse(http.body, nullptr, false);
  if (!body.is_object()) return failed(Kind::retry, "the answer is not JSON");
  RenderAnswer answer = answer_from_message(body, question);
  answer.usage = usage_of(body);
  return answer;
}

}  // namespace orchestrator::anthropic
