// Texts people through Twilio: https://www.twilio.com/docs/messaging/api/message-resource.
#pragma once

#include <string>

#include "net/http_client.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::twilio {

// Safe for concurrent use. The client must outlive the sender.
class TwilioSender final : public Sender {
 public:
  // With a `public_url` Twilio is asked to tell what becomes of each message, at
  // PUBLIC_URL/webhooks/twilio/status?message=ID.
  TwilioSender(TwilioConfig config, const std::string& public_url, std::chrono::milliseconds timeout,
               net::HttpClient& http);

  SendOutcome send(const OutgoingMessage& message, const std::stop_token& stop) override;
  LookUpResult look_up(const OutgoingMessage& message, const std::stop_token& stop) override;
  std::string provider() const override { return "twilio"; }

 private:
  net::HttpRequest request(const std::string& method, const std::string& query) const;

  const TwilioConfig config_;
  std::string status_callback_;              // to be followed by the message's id; empty: none
  const std::chrono::milliseconds timeout_;  // of a call
  net::HttpClient& http_;
};

}  // namespace orchestrator::twilio
