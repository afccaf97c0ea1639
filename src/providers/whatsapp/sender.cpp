#include "providers/whatsapp/sender.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "providers/whatsapp/send_outcome.hpp"
#include "text/form.hpp"
#include "text/utf8.hpp"

namespace orchestrator::whatsapp {
namespace {

using nlohmann::json;

// Free text may be sent for this long after the recipient's last message.
constexpr std::chrono::hours kFreeTextWindow{24};
constexpr std::size_t kMaxCharacters = 4096;

SendOutcome refused(const char* code) { return {.kind = SendOutcome::Kind::permanent, .error_code = code}; }

}  // namespace

WhatsAppSender::WhatsAppSender(WhatsAppConfig config, std::chrono::milliseconds timeout,
                               net::HttpClient& http)
    : config_(std::move(config)), timeout_(timeout), http_(http) {}

SendOutcome WhatsAppSender::send(const OutgoingMessage& message, const std::stop_token& stop) {
  if (message.phone_number.empty()) return refused("no_phone_number");
  if (message.text.empty()) return refused("no_content");
  if (text::count_characters(message.text) > kMaxCharacters) return refused("text_too_long");
  const bool has_written = message.last_inbound_at.has_value();
  if (!has_written || message.claimed_at - *message.last_inbound_at >= kFreeTextWindow) {
    return refused("outside_24h_window");
  }
  const json body = {{"messaging_product", "whatsapp"},
                     {"recipient_type", "individual"},
                     {"to", message.phone_number},
                     {"type", "text"},
                     {"text", {{"preview_url", false}, {"body", message.text}}},
                     {"biz_opaque_callback_data", message.id.value}};
  return send_outcome(http_.perform(
      {.method = "POST",
       .url = config_.base_url + "/" + text::percent_encode(config_.phone_number_id) + "/messages",
       .headers = {{"Content-Type", "application/json"},
                   {"Authorization", "Bearer " + config_.token.reveal()}},
       .body = body.dump(-1, ' ', false, json::error_handler_t::replace),
       .timeout = timeout_},
      stop));
}

}  // namespace orchestrator::whatsapp
