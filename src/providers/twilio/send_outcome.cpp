#include "providers/twilio/send_outcome.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "providers/http_outcome.hpp"

namespace orchestrator::twilio {
namespace {

using nlohmann::json;
using Kind = SendOutcome::Kind;
using Status = DeliveryReport::Status;

// Twilio's queue for this sender is full, the carrier is throttled, or our login is refused, which somebody
// has to mend: it has not taken the message, and asking again at once is of no use.
constexpr std::array kSlowDown = {"21611", "30001", "20003"};
constexpr std::chrono::seconds kSlowDownFor{30};

// Our clock and Twilio's; its times have whole seconds.
constexpr std::chrono::seconds kClocksDiffer{60};

json parsed(const std::string& body) { return json::parse(body, nullptr, false); }

// A text as it is; "" for anything else.
std::string text_in(const json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) return "";
  const json& value = object.at(name);
  return value.is_string() ? value.get<std::string>() : "";
}

// An identifier, or a number, as text; "" for anything else.
std::string name_in(const json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) return "";
  const json& value = object.at(name);
  if (value.is_string()) return providers::identifier_in(value.get<std::string>());
  return value.is_number_integer() ? value.dump() : "";
}

SendOutcome accepted_or_not(const json& body) {
  const std::string sid = name_in(body, "sid");
  if (sid.empty()) return {.kind = Kind::unknown, .error_code = "bad_answer"};
  const auto status = twilio_status(name_in(body, "status"));
  if (status == Status::failed || status == Status::undelivered) {
    const std::string code = name_in(body, "error_code");
    return {.kind = Kind::permanent,
            .provider_message_id = sid,
            .error_code = code.empty() ? name_in(body, "status") : code};
  }
  return {.kind = Kind::accepted, .provider_message_id = sid};
}

// Has Twilio certainly not processed the message, but may do so later?
bool is_retryable(int status, const std::string& code) {
  if (status == 429 || code == "20429" || code == "20503") return true;
  return status == 503 && code.empty();
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
  if (text_in(listed, "body") != message.text || name_in(listed, "sid").empty()) return false;
  if (!text_in(listed, "direction").starts_with("outbound")) return false;
  const auto made_at = rfc2822_instant(text_in(listed, "date_created"));
  return !made_at || *made_at >= message.claimed_at - kClocksDiffer;
}

}  // namespace

SendOutcome twilio_outcome(const net::HttpResult& result) {
  if (const auto* failure = std::get_if<net::HttpFailure>(&result)) return providers::outcome_of(*failure);
  const auto& answer = std::get<net::HttpAnswer>(result);
  const json body = parsed(answer.body);
  if (answer.status >= 200 && answer.status < 300) return accepted_or_not(body);

  const std::string given = name_in(body, "code");
  const std::string code = given.empty() ? providers::code_of(answer) : given;
  if (is_retryable(answer.status, given)) {
    return {.kind = Kind::retryable, .error_code = code, .retry_after = answer.retry_after()};
  }
  if (std::ranges::find(kSlowDown, code) != kSlowDown.end() || answer.status == 401) {
    return {.kind = Kind::retryable, .error_code = code, .retry_after = kSlowDownFor};
  }
  const bool is_ambiguous = answer.status >= 500 || answer.status == 408;
  return {.kind = is_ambiguous ? Kind::unknown : Kind::permanent, .error_code = code};
}

LookUpResult twilio_look_up(const net::HttpResult& result, const OutgoingMessage& message) {
  const auto* answer = std::get_if<net::HttpAnswer>(&result);
  if (answer == nullptr || answer->status != 200) return {};
  const json body = parsed(answer->body);
  if (!body.is_object() || !body.contains("messages") || !body.at("messages").is_array()) return {};
  LookUpResult look_up;
  // More than one page: what is not on the first may be on another.
  look_up.has_answered = text_in(body, "next_page_uri").empty();
  for (const json& listed : body.at("messages")) {
    if (!may_be(listed, message)) continue;
    look_up.found.push_back({.provider = "twilio",
                             .provider_message_id = name_in(listed, "sid"),
                             .message = message.id,
                             .status = twilio_status(name_in(listed, "status")).value_or(Status::sent),
                             .error_code = name_in(listed, "error_code")});
  }
  return look_up;
}

std::optional<Status> twilio_status(std::string_view text) {
  constexpr std::array on_its_way = {"accepted", "scheduled", "queued", "sending", "sent"};
  if (std::ranges::find(on_its_way, text) != on_its_way.end()) return Status::sent;
  if (text == "delivered" || text == "read") return Status::delivered;
  if (text == "undelivered") return Status::undelivered;
  if (text == "failed" || text == "canceled") return Status::failed;
  return std::nullopt;
}

}  // namespace orchestrator::twilio
