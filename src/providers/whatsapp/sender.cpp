#include "providers/whatsapp/sender.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "providers/http_outcome.hpp"
#include "text/form.hpp"
#include "text/utf8.hpp"

namespace orchestrator::whatsapp {
namespace {

using nlohmann::json;
using Kind = SendOutcome::Kind;

constexpr std::chrono::hours kFreeText{24};  // from the person's last message
constexpr std::size_t kMaxCharacters = 4096;

// Limits of the app, of the account, of the number's throughput, and of messages to one person: refused
// before anything is done.
constexpr std::array kRateLimits = {"4", "80007", "130429", "131056"};

// Held back for spam, or our token is refused, which somebody has to mend: again, but not at once.
constexpr std::array kSlowDown = {"131048", "190"};
constexpr std::chrono::seconds kSlowDownFor{30};

template <std::size_t size>
bool is_among(const std::array<const char*, size>& codes, const std::string& code) {
  return std::ranges::find(codes, code) != codes.end();
}

SendOutcome refused(const char* code) { return {.kind = Kind::permanent, .error_code = code}; }

// "" when there is none.
std::string error_code_in(const json& body) {
  const json code = body.is_object() ? body.value(json::json_pointer("/error/code"), json()) : json();
  return code.is_number_integer() ? code.dump() : "";
}

std::string id_in(const json& body) {
  const json id = body.is_object() ? body.value(json::json_pointer("/messages/0/id"), json()) : json();
  return id.is_string() ? providers::identifier_in(id.get<std::string>()) : "";
}

}  // namespace

WhatsAppSender::WhatsAppSender(WhatsAppConfig config, std::chrono::milliseconds timeout,
                               net::HttpClient& http)
    : config_(std::move(config)), timeout_(timeout), http_(http) {}

SendOutcome WhatsAppSender::send(const OutgoingMessage& message, const std::stop_token& stop) {
  if (message.phone_number.empty()) return refused("no_phone_number");
  if (message.text.empty()) return refused("no_content");
  if (text::count_characters(message.text) > kMaxCharacters) return refused("text_too_long");
  const bool has_written = message.last_inbound_at.has_value();
  if (!has_written || message.claimed_at - *message.last_inbound_at >= kFreeText) {
    return refused("outside_24h_window");
  }
  const json body = {{"messaging_product", "whatsapp"},
                     {"recipient_type", "individual"},
                     {"to", message.phone_number},
                     {"type", "text"},
                     {"text", {{"preview_url", false}, {"body", message.text}}},
                     {"biz_opaque_callback_data", message.id.value}};
  return whatsapp_outcome(http_.perform(
      {.method = "POST",
       .url = config_.base_url + "/" + text::percent_encode(config_.phone_number_id) + "/messages",
       .headers = {{"Content-Type", "application/json"},
                   {"Authorization", "Bearer " + config_.token.reveal()}},
       .body = body.dump(-1, ' ', false, json::error_handler_t::replace),
       .timeout = timeout_},
      stop));
}

SendOutcome whatsapp_outcome(const net::HttpResult& result) {
  if (const auto* failure = std::get_if<net::HttpFailure>(&result)) return providers::outcome_of(*failure);
  const auto& answer = std::get<net::HttpAnswer>(result);
  const json body = json::parse(answer.body, nullptr, false);
  if (answer.status >= 200 && answer.status < 300) {
    const std::string id = id_in(body);
    if (id.empty()) return {.kind = Kind::unknown, .error_code = "bad_answer"};
    return {.kind = Kind::accepted, .provider_message_id = id};
  }
  const std::string given = error_code_in(body);
  const std::string code = given.empty() ? providers::code_of(answer) : given;
  if (answer.status == 429 || is_among(kRateLimits, given) || (answer.status == 503 && given.empty())) {
    return {.kind = Kind::retryable, .error_code = code, .retry_after = answer.retry_after()};
  }
  if (is_among(kSlowDown, given) || answer.status == 401) {
    return {.kind = Kind::retryable, .error_code = code, .retry_after = kSlowDownFor};
  }
  const bool is_ambiguous = answer.status >= 500 || answer.status == 408;
  return {.kind = is_ambiguous ? Kind::unknown : Kind::permanent, .error_code = code};
}

}  // namespace orchestrator::whatsapp
