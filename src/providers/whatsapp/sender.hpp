// Sends text messages through WhatsApp's Cloud API:
// https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages.
#pragma once

#include <string>

#include "net/http_client.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::whatsapp {

// Safe for concurrent use. The client must outlive the sender. WhatsApp allows free text only within 24 hours
// of the recipient's last message; any other message fails with the error code outside_24h_window, without a
// call. WhatsApp has no query for the status of a message: only its callbacks report it.
class WhatsAppSender final : public Sender {
 public:
  WhatsAppSender(WhatsAppConfig config, std::chrono::milliseconds timeout, net::HttpClient& http);

  SendOutcome send(const OutgoingMessage& message, const std::stop_token& stop) override;
  std::string provider() const override { return "whatsapp"; }

 private:
  const WhatsAppConfig config_;
  const std::chrono::milliseconds timeout_;  // of one HTTP call
  net::HttpClient& http_;
};

}  // namespace orchestrator::whatsapp
