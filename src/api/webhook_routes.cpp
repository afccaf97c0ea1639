// The routes by which people's messages come, and what providers tell about ours. Providers repeat what is
// not answered with success, so they are refused only what is not theirs, or what may succeed when repeated.

#include <algorithm>
#include <cctype>
#include <utility>

#include "api/inbound_json.hpp"
#include "api/routes.hpp"
#include "logging/logging.hpp"
#include "providers/twilio/signature.hpp"
#include "providers/twilio/webhook.hpp"
#include "providers/whatsapp/signature.hpp"
#include "providers/whatsapp/webhook.hpp"
#include "storage/errors.hpp"
#include "text/digest.hpp"
#include "text/form.hpp"
#include "text/json.hpp"

namespace orchestrator::api {

namespace {

Rejection forbidden(std::string code, std::string message) {
  return {.status = 403, .code = std::move(code), .message = std::move(message)};
}

Rejection invalid_signature() {
  return forbidden("invalid_signature",
                   "A webhook must be signed by its provider, with the secret that is set here.");
}

Rejection not_set(std::string variable) {
  std::string message = variable + " is not set here, so this webhook cannot be believed.";
  std::ranges::transform(variable, variable.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return forbidden(variable + "_not_set", std::move(message));
}

Rejection malformed_form() {
  return {.status = 400,
          .code = "invalid_form",
          .message = "The body must be form-encoded fields in UTF-8, or an object in JSON."};
}

// The fields of a POST that Twilio has signed; or why it is refused.
std::variant<text::FormFields, Rejection> twilio_fields(const server::Request& request,
                                                        const WebhookSecrets& secrets) {
  const Secret& token = secrets.twilio_auth_token;
  if (token.empty()) return not_set("TWILIO_AUTH_TOKEN");
  if (secrets.public_url.empty()) return not_set("PUBLIC_URL");
  const bool is_json = request.head.first_value_of("Content-Type").starts_with("application/json");
  const auto fields = is_json ? twilio::fields_from_json(request.body) : text::parse_form(request.body);
  if (!fields) return malformed_form();
  const std::string_view signature = request.head.only_value_of("X-Twilio-Signature").value_or("");
  const twilio::SignedUrl url{secrets.public_url, request.head.target};
  const bool is_signed = is_json ? twilio::is_signed_body(token, signature, url, request.body)
                                 : twilio::is_signed_form(token, signature, url, *fields);
  if (!is_signed) return invalid_signature();
  return *fields;
}

void take_in(const Services& services, const std::vector<IncomingMessage>& messages) {
  if (messages.empty()) return;
  try {
    services.receive(messages);
  } catch (const storage::BadData& error) {
    if (messages.size() == 1) {
      logging::error("a message of " + mask_phone_number(messages.front().contact_id) +
                     " cannot be stored and is lost (" + messages.front().provider_id.value_or("no id") +
                     "): " + error.what());
      return;
    }
    for (const IncomingMessage& message : messages) take_in(services, {message});
  }
}

void take_in(const Services& services, const std::vector<DeliveryReport>& reports) {
  if (reports.empty()) return;
  try {
    services.report_deliveries(reports);
  } catch (const storage::BadData& error) {
    if (reports.size() == 1) {
      logging::error("a delivery report about " + reports.front().provider_message_id +
                     " cannot be stored: " + error.what());
      return;
    }
    for (const DeliveryReport& report : reports) take_in(services, {report});
  }
}

}  // namespace

Response Routes::receive_message(const Call& call) {
  const auto read = incoming_message_from_json(call.request.body);
  if (const auto* rejection = std::get_if<Rejection>(&read)) return refusal(*rejection);
  const auto& message = std::get<IncomingMessage>(read);
  const auto receipts = services_.receive({message});
  return json_response(200, to_json(receipts.at(0), message));
}

Response Routes::twilio_message(const Call& call) {
  const auto fields = twilio_fields(call.request, webhooks_);
  if (const auto* rejection = std::get_if<Rejection>(&fields)) return refusal(*rejection);
  const auto message = twilio::incoming_message(std::get<text::FormFields>(fields));
  if (const auto* rejection = std::get_if<Rejection>(&message)) return refusal(*rejection);
  take_in(services_, std::vector{std::get<IncomingMessage>(message)});
  return {.content_type = "text/xml",
          .body = R"(<?xml version="1.0" encoding="UTF-8"?><Response></Response>)"};
}

Response Routes::twilio_status(const Call& call) {
  const auto fields = twilio_fields(call.request, webhooks_);
  if (const auto* rejection = std::get_if<Rejection>(&fields)) return refusal(*rejection);
  const auto query = text::parse_form(call.request.head.query()).value_or(text::FormFields{});
  const auto report =
      twilio::delivery_report(std::get<text::FormFields>(fields), text::value_of(query, "message"));
  if (report) take_in(services_, std::vector{*report});
  return {.status = 204};
}

Response Routes::whatsapp_challenge(const Call& call) {
  constexpr std::size_t kLongestChallenge = 200;
  const Secret& token = webhooks_.whatsapp_verify_token;
  if (token.empty()) {
    return refusal(not_set("WHATSAPP_VERIFY_TOKEN"));
  }
  const auto query = text::parse_form(call.request.head.query()).value_or(text::FormFields{});
  if (text::value_of(query, "hub.mode") != "subscribe" ||
      !text::equal_in_constant_time(text::value_of(query, "hub.verify_token"), token.reveal())) {
    return refusal(
        forbidden("invalid_verify_token", "hub.verify_token must be what WHATSAPP_VERIFY_TOKEN is here."));
  }
  const std::string_view challenge = text::value_of(query, "hub.challenge");
  if (challenge.empty() || challenge.size() > kLongestChallenge) {
    return refusal(
        {.status = 400, .code = "invalid_challenge", .message = "hub.challenge must have 1 to 200 bytes."});
  }
  return {.content_type = "text/plain; charset=utf-8",
          .body = std::string(challenge),
          .headers = {{"X-Content-Type-Options", "nosniff"}}};
}

Response Routes::whatsapp_news(const Call& call) {
  const Secret& secret = webhooks_.whatsapp_app_secret;
  if (secret.empty()) {
    return refusal(not_set("WHATSAPP_APP_SECRET"));
  }
  if (!whatsapp::is_signed_body(secret, call.request.head.only_value_of("X-Hub-Signature-256").value_or(""),
                                call.request.body)) {
    return refusal(invalid_signature());
  }
  const auto body = text::parse_object(call.request.body);
  if (const auto* object = std::get_if<nlohmann::json>(&body)) {
    const whatsapp::WebhookPayload payload = whatsapp::parse_webhook(*object);
    if (payload.unreadable > 0) {
      logging::error(std::to_string(payload.unreadable) +
                     " messages from WhatsApp do not say who wrote them");
    }
    take_in(services_, payload.messages);
    take_in(services_, payload.reports);
  } else {
    logging::error("WhatsApp sent what cannot be read: " + std::get<Rejection>(body).message);
  }
  return json_response(200, {{"success", true}});
}

}  // namespace orchestrator::api
