#include "api/webhook_routes.hpp"

#include <utility>

#include "logging/logging.hpp"
#include "providers/twilio/signature.hpp"
#include "providers/twilio/webhook.hpp"
#include "providers/whatsapp/signature.hpp"
#include "providers/whatsapp/webhook.hpp"
#include "storage/errors.hpp"
#include "text/ascii.hpp"
#include "text/digest.hpp"
#include "text/form.hpp"
#include "text/json.hpp"

namespace orchestrator::api {

namespace {

constexpr std::size_t kMaxChallengeBytes = 200;

Rejection invalid_signature() {
  return {.status = 403,
          .code = "invalid_signature",
          .message =
              "The signature is missing or wrong: a webhook must be signed by its provider, with the "
              "secret that this service is configured with."};
}

Rejection secret_not_set(std::string_view variable) {
  return {.status = 403,
          .code = text::to_lower(variable) + "_not_set",
          .message = std::string(variable) + " is not set, so this service cannot verify the webhook."};
}

Rejection invalid_verify_token() {
  return {.status = 403,
          .code = "invalid_verify_token",
          .message = "hub.verify_token must equal the configured WHATSAPP_VERIFY_TOKEN."};
}

Rejection invalid_challenge() {
  return {.status = 400,
          .code = "invalid_challenge",
          .message = "hub.challenge must have 1 to " + std::to_string(kMaxChallengeBytes) + " bytes."};
}

Rejection invalid_form() {
  return {.status = 400,
          .code = "invalid_form",
          .message = "The body must be form-encoded fields in UTF-8, or a JSON object."};
}

// The fields of a request that Twilio has signed.
Result<text::FormFields> signed_twilio_fields(const server::Request& request, const WebhookSecrets& secrets) {
  const Secret& token = secrets.twilio_auth_token;
  if (token.empty()) return secret_not_set("TWILIO_AUTH_TOKEN");
  if (secrets.public_url.empty()) return secret_not_set("PUBLIC_URL");
  const bool is_json = request.head.first_value_of("Content-Type").starts_with("application/json");
  const auto fields = is_json ? twilio::fields_from_json(request.body) : text::parse_form(request.body);
  if (!fields) return invalid_form();
  const std::string_view signature = request.head.only_value_of("X-Twilio-Signature").value_or("");
  const twilio::SignedUrl url{secrets.public_url, request.head.target};
  const bool is_signed = is_json ? twilio::is_signed_body(token, signature, url, request.body)
                                 : twilio::is_signed_form(token, signature, url, *fields);
  if (!is_signed) return invalid_signature();
  return *fields;
}

}  // namespace

Routes WebhookRoutes::routes() {
  return {
      {"POST", "/webhooks/twilio/sms", Auth::none, Body::required,
       std::bind_front(&WebhookRoutes::receive_twilio_message, this)},
      {"POST", "/webhooks/twilio/status", Auth::none, Body::required,
       std::bind_front(&WebhookRoutes::receive_twilio_status, this)},
      {"GET", "/webhooks/whatsapp", Auth::none, Body::optional,
       std::bind_front(&WebhookRoutes::confirm_whatsapp_subscription, this)},
      {"POST", "/webhooks/whatsapp", Auth::none, Body::required,
       std::bind_front(&WebhookRoutes::receive_whatsapp_webhook, this), kWhatsAppBodyLimit},
  };
}

Result<Response> WebhookRoutes::receive_twilio_message(const Call& call) {
  const auto fields = signed_twilio_fields(call.request, secrets_);
  if (!fields) return fields.rejection();
  const Result<IncomingMessage> message = twilio::incoming_message(*fields);
  if (!message) return message.rejection();
  store(std::vector{*message});
  return Response{.content_type = "text/xml",
                  .body = R"(<?xml version="1.0" encoding="UTF-8"?><Response></Response>)"};
}

Result<Response> WebhookRoutes::receive_twilio_status(const Call& call) {
  const auto fields = signed_twilio_fields(call.request, secrets_);
  if (!fields) return fields.rejection();
  const auto query = text::parse_form(call.request.head.query()).value_or(text::FormFields{});
  const auto report = twilio::delivery_report(*fields, text::value_of(query, "message"));
  if (report) store(std::vector{*report});
  return Response{.status = 204};
}

Result<Response> WebhookRoutes::confirm_whatsapp_subscription(const Call& call) {
  const Secret& token = secrets_.whatsapp_verify_token;
  if (token.empty()) return secret_not_set("WHATSAPP_VERIFY_TOKEN");
  const auto query = text::parse_form(call.request.head.query()).value_or(text::FormFields{});
  if (text::value_of(query, "hub.mode") != "subscribe" ||
      !text::equal_in_constant_time(text::value_of(query, "hub.verify_token"), token.reveal())) {
    return invalid_verify_token();
  }
  const std::string_view challenge = text::value_of(query, "hub.challenge");
  if (challenge.empty() || challenge.size() > kMaxChallengeBytes) return invalid_challenge();
  return Response{.content_type = "text/plain; charset=utf-8",
                  .body = std::string(challenge),
                  .headers = {{"X-Content-Type-Options", "nosniff"}}};
}

Result<Response> WebhookRoutes::receive_whatsapp_webhook(const Call& call) {
  const Secret& secret = secrets_.whatsapp_app_secret;
  if (secret.empty()) return secret_not_set("WHATSAPP_APP_SECRET");
  const auto signature = call.request.head.only_value_of("X-Hub-Signature-256").value_or("");
  if (!whatsapp::is_signed_body(secret, signature, call.request.body)) return invalid_signature();
  const Result<nlohmann::json> body = text::parse_object(call.request.body);
  if (body) {
    const whatsapp::WebhookPayload payload = whatsapp::parse_webhook(*body);
    if (payload.unreadable > 0) {
      logging::error("Messages from WhatsApp discarded because they name no sender: " +
                     std::to_string(payload.unreadable));
    }
    store(payload.messages);
    store(payload.reports);
  } else {
    logging::error("WhatsApp webhook discarded because its body cannot be parsed: " +
                   body.rejection().message);
  }
  return json_response(200, {{"success", true}});
}

// If the database cannot store one of the messages, they are stored one by one, and that one is discarded.
void WebhookRoutes::store(const std::vector<IncomingMessage>& messages) {
  if (messages.empty()) return;
  try {
    inbound_.receive(messages);
  } catch (const storage::BadData& error) {
    if (messages.size() == 1) {
      logging::error("Inbound message discarded because the database cannot store it: " +
                     messages.front().provider_id.value_or("without an id") + " of " +
                     mask_phone_number(messages.front().contact_id) + ": " + error.what());
      return;
    }
    for (const IncomingMessage& message : messages) store(std::vector{message});
  }
}

// Likewise.
void WebhookRoutes::store(const std::vector<DeliveryReport>& reports) {
  if (reports.empty()) return;
  try {
    reports_.report(reports);
  } catch (const storage::BadData& error) {
    if (reports.size() == 1) {
      logging::error("Delivery report discarded because the database cannot store it: " +
                     reports.front().provider_message_id + ": " + error.what());
      return;
    }
    for (const DeliveryReport& report : reports) store(std::vector{report});
  }
}

}  // namespace orchestrator::api
