// What WhatsApp's Cloud API posts: messages that people wrote, and what became of ours. The only place that
// knows its shapes. Whatever is not as expected is left out, never a failure: WhatsApp would repeat it for
// days. Pure functions, safe from any thread.
// https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

#include "orchestrator/inbound.hpp"

namespace orchestrator::whatsapp {

// One POST, in its order.
struct WhatsAppNews {
  std::vector<IncomingMessage> messages;
  std::vector<DeliveryReport> reports;
  std::size_t unreadable = 0;  // messages that do not say from whom
};

// Of a message the metadata say what is not text: "media": [{"id", "contentType", "fileName"}], "location",
// "contacts", "button", "interactive", "reaction"; "raw" holds all of a message of a type not known here.
WhatsAppNews news_from_whatsapp(const nlohmann::json& body);

}  // namespace orchestrator::whatsapp
