// Writes to people through WhatsApp's Cloud API:
// https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages.
#pragma once

#include <string>

#include "net/http_client.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::whatsapp {

// Safe for concurrent use. The client must outlive the sender. Whoever has not written for 24 hours may not
// be sent free text: such messages fail with error code outside_24h_window, without a call. What has become
// of a message cannot be asked: only WhatsApp's callbacks tell.
class WhatsAppSender final : public Sender {
 public:
  WhatsAppSender(WhatsAppConfig config, std::chrono::milliseconds timeout, net::HttpClient& http);

  SendOutcome send(const OutgoingMessage& message, const std::stop_token& stop) override;
  std::string provider() const override { return "whatsapp"; }

 private:
  const WhatsAppConfig config_;
  const std::chrono::milliseconds timeout_;  // of a call
  net::HttpClient& http_;
};

// What the answer to a POST means: `error_code` is WhatsApp's number where it gives one; else as
// twilio_outcome says. Pure.
SendOutcome whatsapp_outcome(const net::HttpResult& result);

}  // namespace orchestrator::whatsapp
