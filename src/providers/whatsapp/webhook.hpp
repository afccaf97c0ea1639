// The webhooks that WhatsApp's Cloud API posts: incoming messages, and the status of sent ones. Only this
// file knows their shape. An entry of an unexpected shape is skipped rather than refused: WhatsApp repeats a
// refused webhook for days. Pure functions, safe for concurrent use.
// https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

#include "orchestrator/inbound.hpp"

namespace orchestrator::whatsapp {

// The content of one POST, in the order of the body.
struct WebhookPayload {
  std::vector<IncomingMessage> messages;
  std::vector<DeliveryReport> reports;
  std::size_t unreadable = 0;  // messages without a usable author
};

// Whatever is not text goes into the metadata of a message: "media": [{"id", "contentType", "fileName"}],
// "location", "contacts", "button", "interactive", "reaction"; "raw" is the whole message if its type is
// unknown.
WebhookPayload parse_webhook(const nlohmann::json& body);

}  // namespace orchestrator::whatsapp
