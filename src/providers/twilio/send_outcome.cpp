#include "providers/twilio/send_outcome.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "providers/twilio/error_codes.hpp"
#include "providers/twilio/message_status.hpp"

namespace orchestrator::twilio {
namespace {

using nlohmann::json;
using Kind = SendOutcome::Kind;
using Status = DeliveryReport::Status;

// The largest difference expected between Twilio's clock and this one. Twilio's times have whole seconds.
constexpr std::chrono::seconds kClockTolerance{60};

json parsed(const std::string& body) { return json::parse(body, nullptr, false); }

// The member `name` if it is a string, else "".
std::string string_member(const json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) return "";
  const json& value = object.at(name);
  return value.is_string() ? value.get<std::string>() : "";
}

// The member `name` if it is an identifier or an integer, as text; else "".
std::string identifier_member(const json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) return "";
  const json& value = object.at(name);
  if (value.is_string()) return providers::identifier_in(value.get<std::string>());
  return value.is_number_integer() ? value.dump() : "";
}

SendOutcome outcome_of_created(const json& body) {
  const std::string sid = identifier_member(body, "sid");
  if (sid.empty()) return {.kind = Kind::unknown, .error_code = "bad_answer"};
  const std::string spelled = identifier_member(body, "status");
  const auto status = message_status(spelled);
  if (status != Status::failed && status != Status::undelivered) {
    return {.kind = Kind::accepted, .provider_message_id = sid};
  }
  const std::string code = identifier_member(body, "error_code");
  return {.kind = Kind::permanent,
          .provider_message_id = sid,
          .error_code = code.empty() ? spelled : code,
          .recipient_opted_out = means_opted_out(code)};
}

// "Fri, 24 May 2019 17:18:27 +0000", always in UTC.
std::optional<Instant> rfc2822_instant(const std::string& text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  int day = 0, year = 0, hour = 0, minute = 0, second = 0;
  char month[4] = "";
  if (std::sscanf(text.c_str(), "%*3s, %d %3s %d %d:%d:%d", &day, month, &year, &hour, &minute, &second) != 6)
    return std::nullopt;
  const std::size_t found = months.find(month);
  if (found == std::string_view::npos || found % 3 != 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(found / 3 + 1)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second};
}

bool may_be(const json& listed, const OutgoingMessage& message) {
  if (string_member(listed, "body") != message.text || identifier_member(listed, "sid").empty()) return false;
  if (!string_member(listed, "direction").starts_with("outbound")) return false;
  const auto created_at = rfc2822_instant(string_member(listed, "date_created"));
  return !created_at || *created_at >= message.claimed_at - kClockTolerance;
}

}  // namespace

SendOutcome send_outcome(const net::HttpResult& result) {
  if (const auto* failure = std::get_if<net::HttpFailure>(&result)) return providers::outcome_of(*failure);
  const auto& answer = std::get<net::HttpAnswer>(result);
  const json body = parsed(answer.body);
  if (answer.status >= 200 && answer.status < 300) return outcome_of_created(body);
  return providers::outcome_of(answer, identifier_member(body, "code"), kErrorCodes);
}

LookUpResult look_up_result(const net::HttpResult& result, const OutgoingMessage& message) {
  const auto* answer = std::get_if<net::HttpAnswer>(&result);
  if (answer == nullptr || answer->status != 200) return {};
  const json body = parsed(answer->body);
  if (!body.is_object() || !body.contains("messages") || !body.at("messages").is_array()) return {};
  LookUpResult look_up;
  // A message that is missing on the first page may be on a later one.
  look_up.has_answered = string_member(body, "next_page_uri").empty();
  for (const json& listed : body.at("messages")) {
    if (!may_be(listed, message)) continue;
    const std::string code = identifier_member(listed, "error_code");
    look_up.found.push_back(
        {.provider = "twilio",
         .provider_message_id = identifier_member(listed, "sid"),
         .message = message.id,
         .status = message_status(identifier_member(listed, "status")).value_or(Status::sent),
         .error_code = code,
         .recipient_opted_out = means_opted_out(code)});
  }
  return look_up;
}

}  // namespace orchestrator::twilio
