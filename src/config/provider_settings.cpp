// The variables about agents, providers and the LLM.

#include "config/setting.hpp"

namespace orchestrator::config {

using std::chrono::seconds;

std::vector<Setting> inbound_settings() {
  constexpr long kDay = 24 * 60 * 60;  // seconds
  return {
      http_url({"AGENT_WEBHOOK_URL", "", "where turns are posted; unset: agents fetch them"},
               [](const std::string& url, Draft& draft) { draft.config.inbound.agent_webhook_url = url; }),
      whole_number({"AGENT_TIMEOUT_SECONDS", "30", "how long an agent may take for a turn"}, 1, 600,
                   [](long value, Draft& draft) { draft.config.inbound.agent_timeout = seconds{value}; }),
      whole_number({"TURN_LEASE_SECONDS", "30", "after a crash, so long until a turn is taken up again"}, 1,
                   600, [](long value, Draft& draft) { draft.config.inbound.turn_lease = seconds{value}; }),
      whole_number({"INBOUND_DUPLICATE_WINDOW_SECONDS", "10",
                    "how long the same words of a person are a repeat; 0: they never are"},
                   0, kDay,
                   [](long value, Draft& draft) { draft.config.inbound.duplicate_window = seconds{value}; }),
      whole_number({"MAX_CONCURRENT_CONTACTS", "50", "people whose agents work at once, over all instances"},
                   1, 10000,
                   [](long value, Draft& draft) { draft.config.inbound.max_concurrent_contacts = value; }),
      whole_number(
          {"MAX_INBOUND_PER_CONTACT", "20", "messages of a person that may wait; the oldest gives way"}, 1,
          10000, [](long value, Draft& draft) { draft.config.inbound.max_waiting_per_contact = value; }),
      any_text({"FALLBACK_TEXT", "", "what a person gets when their agent has failed; unset: nothing"},
               [](const std::string& text, Draft& draft) { draft.config.inbound.fallback_text = text; }),
      any_text({"OPT_OUT_TEXT", "You will get no more messages. Reply START to get them again.",
                "confirms STOP; \"none\": nothing"},
               [](const std::string& text, Draft& draft) {
                 draft.config.inbound.opt_out_text = text == "none" ? "" : text;
               }),
      any_text({"OPT_IN_TEXT", "You will get messages again. Reply STOP to end them.",
                "confirms START; \"none\": nothing"},
               [](const std::string& text, Draft& draft) {
                 draft.config.inbound.opt_in_text = text == "none" ? "" : text;
               }),
      whole_number(
          {"EMERGENCY_THRESHOLD", "1000", "people waiting for their agents beyond whom /api/health warns"}, 1,
          10000000, [](long value, Draft& draft) { draft.config.inbound.emergency_threshold = value; }),
      yes_or_no({"EMERGENCY_FLUSH", "false", "beyond that, all that waits is flushed"},
                [](bool flush, Draft& draft) { draft.config.inbound.emergency_flush = flush; }),
  };
}

std::vector<Setting> delivery_settings() {
  return {
      one_of<UnknownPolicy>(
          {"UNKNOWN_POLICY", "hold", "a message that may or may not have gone: hold it, or retry it once"},
          {{"hold", UnknownPolicy::hold}, {"retry", UnknownPolicy::retry}},
          [](UnknownPolicy policy, Draft& draft) { draft.config.delivery.unknown_policy = policy; }),
      whole_number({"SEND_CONCURRENCY", "8", "messages on their way to the provider at once, an instance"}, 1,
                   100, [](long value, Draft& draft) { draft.config.delivery.concurrency = value; }),
      whole_number({"MESSAGES_PER_SECOND", "0", "what the sender may send, over all instances; 0: no limit"},
                   0, 10000,
                   [](long value, Draft& draft) { draft.config.delivery.messages_per_second = value; }),
      whole_number(
          {"SEND_TIMEOUT_SECONDS", "15", "how long a provider may take to answer"}, 1, 45,
          [](long value, Draft& draft) { draft.config.delivery.timeout = std::chrono::seconds{value}; }),
      any_text(
          {"TWILIO_ACCOUNT_SID", "", "for SENDER=twilio"},
          [](const std::string& text, Draft& draft) { draft.config.delivery.twilio.account_sid = text; }),
      secret({"TWILIO_AUTH_TOKEN", "", "for SENDER=twilio, and to believe Twilio's webhooks"},
             [](Secret token, Draft& draft) { draft.config.delivery.twilio.auth_token = std::move(token); }),
      any_text(
          {"TWILIO_PHONE_NUMBER", "", "what to send from: E.164, or a messaging service's SID"},
          [](const std::string& text, Draft& draft) { draft.config.delivery.twilio.phone_number = text; }),
      http_url({"TWILIO_BASE_URL", "https://api.twilio.com", "Twilio's API"},
               [](const std::string& url, Draft& draft) { draft.config.delivery.twilio.base_url = url; }),
      secret({"WHATSAPP_TOKEN", "", "access token, for SENDER=whatsapp"},
             [](Secret token, Draft& draft) { draft.config.delivery.whatsapp.token = std::move(token); }),
      any_text({"WHATSAPP_PHONE_NUMBER_ID", "", "what to send from"},
               [](const std::string& text, Draft& draft) {
                 draft.config.delivery.whatsapp.phone_number_id = text;
               }),
      secret(
          {"WHATSAPP_APP_SECRET", "", "to believe WhatsApp's webhooks"},
          [](Secret value, Draft& draft) { draft.config.delivery.whatsapp.app_secret = std::move(value); }),
      secret(
          {"WHATSAPP_VERIFY_TOKEN", "", "what WhatsApp shows when it is subscribed to the webhook"},
          [](Secret value, Draft& draft) { draft.config.delivery.whatsapp.verify_token = std::move(value); }),
      http_url(
          {"WHATSAPP_BASE_URL", "https://graph.facebook.com/v21.0", "WhatsApp's Cloud API, with its version"},
          [](const std::string& url, Draft& draft) { draft.config.delivery.whatsapp.base_url = url; }),
      http_url({"PUBLIC_URL", "", "how providers reach this service, for webhooks and their signatures"},
               [](const std::string& url, Draft& draft) { draft.config.http.public_url = url; }),
  };
}

std::vector<Setting> rendering_settings() {
  return {
      secret({"ANTHROPIC_API_KEY", "", "to render messages, and to check that they still fit"},
             [](Secret key, Draft& draft) {
               draft.config.rules.has_renderer = !key.empty();
               draft.config.anthropic.api_key = std::move(key);
             }),
      http_url({"ANTHROPIC_BASE_URL", "https://api.anthropic.com", "the Anthropic API"},
               [](const std::string& url, Draft& draft) { draft.config.anthropic.base_url = url; }),
      any_text({"ANTHROPIC_MODEL", "claude-sonnet-4-5", "which model to ask"},
               [](const std::string& text, Draft& draft) { draft.config.anthropic.model = text; }),
      whole_number({"ANTHROPIC_CONCURRENCY", "4", "questions to the model at once, an instance"}, 1, 100,
                   [](long value, Draft& draft) { draft.config.anthropic.concurrency = value; }),
  };
}

}  // namespace orchestrator::config
