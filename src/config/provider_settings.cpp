// The settings of agents and providers.

#include <algorithm>

#include "config/setting.hpp"
#include "policy/consent.hpp"
#include "text/ascii.hpp"

namespace orchestrator::config {

using std::chrono::seconds;

namespace {

// The parts between commas, without spaces around them; empty ones are left out.
std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  for (const std::string& part : text::split(list, ',')) {
    if (const std::string_view trimmed = text::trim(part); !trimmed.empty()) parts.emplace_back(trimmed);
  }
  return parts;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

bool read_consent_languages(const std::string& text, PartialConfig& partial) {
  if (text == "all") return true;
  auto languages = parts_of(text);
  const auto known = policy::consent_languages();
  const auto is_known = [&](const std::string& language) {
    return std::ranges::find(known, language) != known.end();
  };
  if (languages.empty() || !std::ranges::all_of(languages, is_known)) return false;
  partial.config.inbound.consent_words.languages = std::move(languages);
  return true;
}

}  // namespace

std::vector<Setting> inbound_settings() {
  constexpr long kDay = 24 * 60 * 60;  // seconds
  return {
      http_url({"AGENT_WEBHOOK_URL", "", "URL to which turns are pushed; unset: agents pull them"},
               [](const std::string& url, PartialConfig& partial) {
                 partial.config.inbound.agent_webhook_url = url;
               }),
      whole_number(
          {"AGENT_TIMEOUT_SECONDS", "30", "Maximum time for an agent to answer a pushed turn"}, 1, 600,
          [](long value, PartialConfig& partial) { partial.config.inbound.agent_timeout = seconds{value}; }),
      whole_number(
          {"TURN_LEASE_SECONDS", "30",
           "Lease of a turn: after a crash, the turn is retried when this time has passed"},
          1, 600,
          [](long value, PartialConfig& partial) { partial.config.inbound.turn_lease = seconds{value}; }),
      whole_number({"INBOUND_DUPLICATE_WINDOW_SECONDS", "10",
                    "Time for which the same text from a user is a duplicate; 0: never"},
                   0, kDay,
                   [](long value, PartialConfig& partial) {
                     partial.config.inbound.duplicate_window = seconds{value};
                   }),
      whole_number(
          {"MAX_CONCURRENT_CONTACTS", "50",
           "Maximum number of contacts whose turns are in process at once, over all instances"},
          1, 10000,
          [](long value, PartialConfig& partial) { partial.config.inbound.max_concurrent_contacts = value; }),
      whole_number(
          {"MAX_INBOUND_PER_CONTACT", "20",
           "Maximum number of waiting incoming messages per contact; the oldest is dropped"},
          1, 10000,
          [](long value, PartialConfig& partial) { partial.config.inbound.max_waiting_per_contact = value; }),
      text_value({"FALLBACK_TEXT", "", "Reply to a user whose agent has failed; unset: no reply"},
                 [](const std::string& text, PartialConfig& partial) {
                   partial.config.inbound.fallback_text = text;
                 }),
      whole_number(
          {"EMERGENCY_THRESHOLD", "1000",
           "Number of contacts waiting for their agents above which an alert is raised"},
          1, 10000000,
          [](long value, PartialConfig& partial) { partial.config.inbound.emergency_threshold = value; }),
      boolean(
          {"EMERGENCY_FLUSH", "false", "Flush all waiting incoming messages when that number is exceeded"},
          [](bool flush, PartialConfig& partial) { partial.config.inbound.emergency_flush = flush; }),
  };
}

std::vector<Setting> consent_settings() {
  return {
      text_value({"OPT_OUT_TEXT", "You will get no more messages. Reply START to get them again.",
                  "Confirmation of STOP; \"none\": no confirmation"},
                 [](const std::string& text, PartialConfig& partial) {
                   partial.config.inbound.opt_out_text = text == "none" ? "" : text;
                 }),
      text_value({"OPT_IN_TEXT", "You will get messages again. Reply STOP to end them.",
                  "Confirmation of START; \"none\": no confirmation"},
                 [](const std::string& text, PartialConfig& partial) {
                   partial.config.inbound.opt_in_text = text == "none" ? "" : text;
                 }),
      {"CONSENT_LANGUAGES", "all", "Languages whose words opt out and in, besides English",
       "all, or a comma-separated list of: " + joined(policy::consent_languages()), read_consent_languages},
      text_value({"OPT_OUT_WORDS", "", "Further phrases that opt out, separated by commas"},
                 [](const std::string& text, PartialConfig& partial) {
                   partial.config.inbound.consent_words.opt_out = parts_of(text);
                 }),
      text_value({"OPT_IN_WORDS", "", "Further phrases that opt in, separated by commas"},
                 [](const std::string& text, PartialConfig& partial) {
                   partial.config.inbound.consent_words.opt_in = parts_of(text);
                 }),
  };
}

std::vector<Setting> delivery_settings() {
  Setting sender = one_of<SenderKind>(
      {"SENDER", "", "Provider to send through; none leaves messages pending, console prints them"},
      {{"none", SenderKind::none},
       {"console", SenderKind::console},
       {"twilio", SenderKind::twilio},
       {"whatsapp", SenderKind::whatsapp}},
      [](SenderKind kind, PartialConfig& partial) { partial.sender = kind; });
  sender.default_text = "console with the embedded PostgreSQL, else none";
  return {
      std::move(sender),
      one_of<UnknownPolicy>({"UNKNOWN_POLICY", "hold",
                             "A message whose delivery outcome stays unknown: hold it, or retry it once"},
                            {{"hold", UnknownPolicy::hold}, {"retry", UnknownPolicy::retry}},
                            [](UnknownPolicy policy, PartialConfig& partial) {
                              partial.config.delivery.unknown_policy = policy;
                            }),
      whole_number(
          {"SEND_CONCURRENCY", "8", "Maximum number of concurrent calls to the provider, per instance"}, 1,
          100, [](long value, PartialConfig& partial) { partial.config.delivery.concurrency = value; }),
      whole_number(
          {"MESSAGES_PER_SECOND", "0", "Maximum sending rate, over all instances; 0: no limit"}, 0, 10000,
          [](long value, PartialConfig& partial) { partial.config.delivery.messages_per_second = value; }),
      whole_number({"SEND_TIMEOUT_SECONDS", "15", "Maximum time for the provider to answer"}, 1, 45,
                   [](long value, PartialConfig& partial) {
                     partial.config.delivery.timeout = std::chrono::seconds{value};
                   }),
      http_url(
          {"PUBLIC_URL", "", "URL at which providers reach this service; required for Twilio's webhooks"},
          [](const std::string& url, PartialConfig& partial) { partial.config.http.public_url = url; }),
  };
}

std::vector<Setting> twilio_settings() {
  return {
      text_value({"TWILIO_ACCOUNT_SID", "", "Account SID; required for SENDER=twilio"},
                 [](const std::string& text, PartialConfig& partial) {
                   partial.config.delivery.twilio.account_sid = text;
                 }),
      secret({"TWILIO_AUTH_TOKEN", "", "Auth token; required for SENDER=twilio and for Twilio's webhooks"},
             [](Secret token, PartialConfig& partial) {
               partial.config.delivery.twilio.auth_token = std::move(token);
             }),
      text_value(
          {"TWILIO_PHONE_NUMBER", "", "Number to send from, in E.164, or the SID of a messaging service"},
          [](const std::string& text, PartialConfig& partial) {
            partial.config.delivery.twilio.phone_number = text;
          }),
      http_url({"TWILIO_BASE_URL", "https://api.twilio.com", "Base URL of Twilio's API"},
               [](const std::string& url, PartialConfig& partial) {
                 partial.config.delivery.twilio.base_url = url;
               }),
  };
}

std::vector<Setting> whatsapp_settings() {
  return {
      secret({"WHATSAPP_TOKEN", "", "Access token; required for SENDER=whatsapp"},
             [](Secret token, PartialConfig& partial) {
               partial.config.delivery.whatsapp.token = std::move(token);
             }),
      text_value({"WHATSAPP_PHONE_NUMBER_ID", "", "Id of the phone number to send from"},
                 [](const std::string& text, PartialConfig& partial) {
                   partial.config.delivery.whatsapp.phone_number_id = text;
                 }),
      secret({"WHATSAPP_APP_SECRET", "", "App secret; required for WhatsApp's webhooks"},
             [](Secret value, PartialConfig& partial) {
               partial.config.delivery.whatsapp.app_secret = std::move(value);
             }),
      secret({"WHATSAPP_VERIFY_TOKEN", "", "Token that WhatsApp presents when it verifies the webhook"},
             [](Secret value, PartialConfig& partial) {
               partial.config.delivery.whatsapp.verify_token = std::move(value);
             }),
      http_url({"WHATSAPP_BASE_URL", "https://graph.facebook.com/v21.0",
                "Base URL of WhatsApp's Cloud API, including the version"},
               [](const std::string& url, PartialConfig& partial) {
                 partial.config.delivery.whatsapp.base_url = url;
               }),
  };
}

std::vector<Setting> anthropic_settings() {
  return {
      secret({"ANTHROPIC_API_KEY", "", "API key for rendering messages and checking their relevance"},
             [](Secret key, PartialConfig& partial) {
               partial.config.rules.has_renderer = !key.empty();
               partial.config.anthropic.api_key = std::move(key);
             }),
      http_url(
          {"ANTHROPIC_BASE_URL", "https://api.anthropic.com", "Base URL of the Anthropic API"},
          [](const std::string& url, PartialConfig& partial) { partial.config.anthropic.base_url = url; }),
      text_value(
          {"ANTHROPIC_MODEL", "claude-sonnet-4-5", "Model to use"},
          [](const std::string& text, PartialConfig& partial) { partial.config.anthropic.model = text; }),
      whole_number(
          {"ANTHROPIC_CONCURRENCY", "4", "Maximum number of concurrent calls to the model, per instance"}, 1,
          100, [](long value, PartialConfig& partial) { partial.config.anthropic.concurrency = value; }),
  };
}

}  // namespace orchestrator::config
