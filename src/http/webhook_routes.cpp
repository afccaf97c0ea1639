// The routes by which people's messages come, and what providers tell about ours. Providers repeat what is
// not answered with success, so they are refused only what is not theirs, or what may succeed when repeated.

#include <algorithm>
#include <cctype>
#include <utility>

#include "http/form.hpp"
#include "http/inbound_json.hpp"
#include "http/json.hpp"
#include "http/routes.hpp"
#include "http/signatures.hpp"
#include "http/twilio_form.hpp"
#include "http/whatsapp_json.hpp"
#include "logging/logging.hpp"
#include "storage/errors.hpp"

namespace orchestrator::http {

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

// A header that comes twice counts as none.
std::string only_header(const httplib::Request& request, const char* name) {
  return request.get_header_value_count(name) == 1 ? request.get_header_value(name) : std::string();
}

// The fields of a POST that Twilio has signed; or why it is refused.
std::variant<FormFields, Rejection> twilio_fields(const httplib::Request& request,
                                                  const WebhookSecrets& secrets) {
  const Secret& token = secrets.twilio_auth_token;
  if (token.empty()) return not_set("TWILIO_AUTH_TOKEN");
  if (secrets.public_url.empty()) return not_set("PUBLIC_URL");
  const bool is_json = request.get_header_value("Content-Type").starts_with("application/json");
  const auto fields = is_json ? fields_of_json(request.body) : parse_form(request.body);
  if (!fields) return malformed_form();
  const std::string signature = only_header(request, "X-Twilio-Signature");
  const TwilioUrl url{secrets.public_url, request.target};
  const bool is_signed = is_json ? is_signed_body(token, signature, url, request.body)
                                 : is_signed_form(token, signature, url, *fields);
  if (!is_signed) return invalid_signature();
  return *fields;
}

void take_in(const Services& services, const std::vector<IncomingMessage>& messages) {
  if (messages.empty()) return;
  try {
    services.receive(messages);
  } catch (const storage::BadData& error) {
    if (messages.size() == 1) {
      log_error("a message of " + mask_phone_number(messages.front().contact_id) +
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
      log_error("a delivery report about " + reports.front().provider_message_id +
                " cannot be stored: " + error.what());
      return;
    }
    for (const DeliveryReport& report : reports) take_in(services, {report});
  }
}

}  // namespace

void Routes::receive_message(const Call& call) {
  const auto read = incoming_message_from_json(call.request.body);
  if (const auto* rejection = std::get_if<Rejection>(&read)) return refuse(call.response, {*rejection});
  const auto& message = std::get<IncomingMessage>(read);
  const auto receipts = services_.receive({message});
  respond(call.response, 200, to_json(receipts.at(0), message));
}

void Routes::twilio_message(const Call& call) {
  const auto fields = twilio_fields(call.request, webhooks_);
  if (const auto* rejection = std::get_if<Rejection>(&fields)) return refuse(call.response, {*rejection});
  const auto message = message_from_twilio(std::get<FormFields>(fields));
  if (const auto* rejection = std::get_if<Rejection>(&message)) return refuse(call.response, {*rejection});
  take_in(services_, std::vector{std::get<IncomingMessage>(message)});
  call.response.status = 200;
  call.response.set_content(R"(<?xml version="1.0" encoding="UTF-8"?><Response></Response>)", "text/xml");
}

void Routes::twilio_status(const Call& call) {
  const auto fields = twilio_fields(call.request, webhooks_);
  if (const auto* rejection = std::get_if<Rejection>(&fields)) return refuse(call.response, {*rejection});
  const auto query = parse_form(query_of(call.request.target)).value_or(FormFields{});
  const auto report = report_from_twilio(std::get<FormFields>(fields), value_of(query, "message"));
  if (report) take_in(services_, std::vector{*report});
  call.response.status = 204;
}

void Routes::whatsapp_challenge(const Call& call) {
  constexpr std::size_t kLongestChallenge = 200;
  const Secret& token = webhooks_.whatsapp_verify_token;
  if (token.empty()) {
    return refuse(call.response, {not_set("WHATSAPP_VERIFY_TOKEN")});
  }
  const auto query = parse_form(query_of(call.request.target)).value_or(FormFields{});
  if (value_of(query, "hub.mode") != "subscribe" ||
      !equal_in_constant_time(value_of(query, "hub.verify_token"), token.reveal())) {
    return refuse(call.response, {forbidden("invalid_verify_token",
                                            "hub.verify_token must be what WHATSAPP_VERIFY_TOKEN is here.")});
  }
  const std::string_view challenge = value_of(query, "hub.challenge");
  if (challenge.empty() || challenge.size() > kLongestChallenge) {
    return refuse(
        call.response,
        {{.status = 400, .code = "invalid_challenge", .message = "hub.challenge must have 1 to 200 bytes."}});
  }
  call.response.status = 200;
  call.response.set_header("X-Content-Type-Options", "nosniff");
  call.response.set_content(std::string(challenge), "text/plain; charset=utf-8");
}

void Routes::whatsapp_news(const Call& call) {
  const Secret& secret = webhooks_.whatsapp_app_secret;
  if (secret.empty()) {
    return refuse(call.response, {not_set("WHATSAPP_APP_SECRET")});
  }
  if (!is_signed_by_app(secret, only_header(call.request, "X-Hub-Signature-256"), call.request.body)) {
    return refuse(call.response, {invalid_signature()});
  }
  const auto body = parse_object(call.request.body);
  if (const auto* object = std::get_if<nlohmann::json>(&body)) {
    const WhatsAppNews news = news_from_whatsapp(*object);
    if (news.unreadable > 0) {
      log_error(std::to_string(news.unreadable) + " messages from WhatsApp do not say who wrote them");
    }
    take_in(services_, news.messages);
    take_in(services_, news.reports);
  } else {
    log_error("WhatsApp sent what cannot be read: " + std::get<Rejection>(body).message);
  }
  respond(call.response, 200, {{"success", true}});
}

}  // namespace orchestrator::http
