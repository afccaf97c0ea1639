#include "app/http_api.hpp"

namespace orchestrator::app {

namespace {

api::WebhookSecrets webhook_secrets(const Config& config) {
  return {.public_url = config.http.public_url,
          .twilio_auth_token = config.delivery.twilio.auth_token,
          .whatsapp_app_secret = config.delivery.whatsapp.app_secret,
          .whatsapp_verify_token = config.delivery.whatsapp.verify_token};
}

}  // namespace

HttpApi::HttpApi(const Context& context, const Config& config)
    : schedule_service_(context.ingest, context.metrics),
      message_service_(context.stores.messages, context.clock),
      user_service_(context.stores.users),
      inbound_service_(context.coordinator),
      report_service_(context.stores.delivery_reports, context.clock),
      reformulation_service_(context.stores.reformulations, context.clock),
      event_service_(context.feed),
      turn_service_(context.coordinator, context.inbound_stores.turns, context.clock),
      coordinator_service_(context.coordinator, context.inbound_stores.contacts, context.clock,
                           config.inbound),
      operation_service_(context.processor, context.stores.request_database, context.metrics),
      schedule_(schedule_service_, context.clock, config.rules),
      messages_(message_service_, context.clock, config.rules),
      preview_(user_service_, context.clock, config.rules),
      users_(user_service_, context.clock, config.rules),
      inbound_(inbound_service_),
      webhooks_(inbound_service_, report_service_, webhook_secrets(config)),
      reformulations_(reformulation_service_),
      events_(event_service_),
      turns_(turn_service_),
      coordinator_(coordinator_service_, context.clock, process_),
      operations_({operation_service_, coordinator_service_, schedule_, context.clock, process_}),
      router_({schedule_.routes(), messages_.routes(), preview_.routes(), users_.routes(), inbound_.routes(),
               webhooks_.routes(), reformulations_.routes(), events_.routes(), turns_.routes(),
               coordinator_.routes(), operations_.routes()},
              api::ApiKeys(config.http.api_keys)) {}

}  // namespace orchestrator::app
