// Our id of a message travels with it to WhatsApp and returns with each status, in the shapes that Meta
// documents: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/messages/status
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "providers/whatsapp/sender.hpp"
#include "providers/whatsapp/webhook.hpp"
#include "support/scripted_server.hpp"

namespace orchestrator::whatsapp {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kMessage = "019f1f3d-86a5-7d3e-8007-0123456789ab";

json webhook(const json& status) {
  const json value = {
      {"messaging_product", "whatsapp"},
      {"metadata", {{"display_phone_number", "15550783881"}, {"phone_number_id", "106540352242922"}}},
      {"statuses", json::array({status})}};
  return {{"object", "whatsapp_business_account"},
          {"entry", json::array({{{"id", "102290129340398"},
                                  {"changes", json::array({{{"value", value}, {"field", "messages"}}})}}})}};
}

TEST(WhatsAppStatus, NamesTheMessageThatTheSenderNamed) {
  support::ScriptedServer server([](const support::SeenRequest&) {
    return support::ScriptedReply{.body = R"({"messaging_product": "whatsapp",
                                              "contacts": [{"input": "+15550100001", "wa_id": "15550100001"}],
                                              "messages": [{"id": "wamid.1"}]})"};
  });
  net::HttpClient http;
  WhatsAppConfig config;
  config.token = Secret{"token"};
  config.phone_number_id = "106540352242922";
  config.base_url = server.url();
  WhatsAppSender sender(config, 5s, http);
  OutgoingMessage message;
  message.id = MessageId{kMessage};
  message.phone_number = "+15550100001";
  message.text = "Your table is booked.";
  message.claimed_at = *parse_instant("2026-11-20T12:00:00Z");
  message.last_inbound_at = message.claimed_at - 1h;
  EXPECT_EQ(sender.send(message, {}).provider_message_id, "wamid.1");
  const json sent = json::parse(server.requests().at(0).body);
  EXPECT_EQ(sent.at("biz_opaque_callback_data"), kMessage);

  const auto payload = parse_webhook(webhook(
      {{"id", "wamid.1"},
       {"status", "delivered"},
       {"timestamp", "1763640000"},
       {"recipient_id", "15550100001"},
       {"biz_opaque_callback_data", sent.at("biz_opaque_callback_data")},
       {"conversation", {{"id", "a34a10abd87c7badad4d1fc5bafadd71"}, {"origin", {{"type", "service"}}}}},
       {"pricing", {{"billable", false}, {"pricing_model", "PMP"}, {"type", "free_customer_service"}}}}));
  ASSERT_EQ(payload.reports.size(), 1U);
  EXPECT_EQ(payload.reports[0].message, message.id);
  EXPECT_EQ(payload.reports[0].provider_message_id, "wamid.1");
  EXPECT_EQ(payload.reports[0].status, DeliveryReport::Status::delivered);
}

TEST(WhatsAppStatus, WithoutOurIdNamesOnlyWhatsApps) {
  json status = {{"id", "wamid.1"},
                 {"status", "failed"},
                 {"timestamp", "1763640000"},
                 {"recipient_id", "15550100001"},
                 {"errors", json::array({{{"code", 131026},
                                          {"title", "Message undeliverable"},
                                          {"message", "Message undeliverable"},
                                          {"error_data", {{"details", "Message Undeliverable."}}}}})}};
  for (const json& data : {json(), json("campaign"), json(7), json({{"source", "api"}})}) {
    if (!data.is_null()) status["biz_opaque_callback_data"] = data;
    const auto payload = parse_webhook(webhook(status));
    ASSERT_EQ(payload.reports.size(), 1U) << data;
    EXPECT_EQ(payload.reports[0].message, std::nullopt) << data;
    EXPECT_EQ(payload.reports[0].error_code, "131026");
  }
}

}  // namespace
}  // namespace orchestrator::whatsapp
