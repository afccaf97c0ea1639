#include "providers/whatsapp/send_outcome.hpp"

#include <nlohmann/json.hpp>

#include "providers/whatsapp/error_codes.hpp"

namespace orchestrator::whatsapp {
namespace {

using nlohmann::json;
using Kind = SendOutcome::Kind;

// "" if the body has no error code.
std::string error_code_in(const json& body) {
  const json code = body.is_object() ? body.value(json::json_pointer("/error/code"), json()) : json();
  return code.is_number_integer() ? code.dump() : "";
}

std::string message_id_in(const json& body) {
  const json id = body.is_object() ? body.value(json::json_pointer("/messages/0/id"), json()) : json();
  return id.is_string() ? providers::identifier_in(id.get<std::string>()) : "";
}

}  // namespace

SendOutcome send_outcome(const net::HttpResult& result) {
  if (const auto* failure = std::get_if<net::HttpFailure>(&result)) return providers::outcome_of(*failure);
  const auto& answer = std::get<net::HttpAnswer>(result);
  const json body = json::parse(answer.body, nullptr, false);
  if (answer.status < 200 || answer.status >= 300) {
    return providers::outcome_of(answer, error_code_in(body), kErrorCodes);
  }
  const std::string id = message_id_in(body);
  if (id.empty()) return {.kind = Kind::unknown, .error_code = "bad_answer"};
  return {.kind = Kind::accepted, .provider_message_id = id};
}

}  // namespace orchestrator::whatsapp
