// Sends text messages through Twilio: https://www.twilio.com/docs/messaging/api/message-resource.
#pragma once

#include <string>

#include "net/http_client.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::twilio {

// Safe for concurrent use. The client must outlive the sender.
class TwilioSender final : public Sender {
 public:
  // Unless `public_url` is empty, Twilio is asked to report the status of each message to
  // PUBLIC_URL/webhooks/twilio/status?message=ID.
  TwilioSender(TwilioConfig config, const std::string& public_url, std::chrono::milliseconds timeout,
               net::HttpClient& http);

  SendOutcome send(const OutgoingMessage& message, const std::stop_token& stop) override;
  LookUpResult look_up(const OutgoingMessage& message, const std::stop_token& stop) override;
  std::string provider() const override { return "twilio"; }

 private:
  net::HttpRequest request(const std::string& method, const std::string& query) const;

  const TwilioConfig config_;
  std::string status_callback_;              // the message id is appended; empty: no callback
  const std::chrono::milliseconds timeout_;  // of one HTTP call
  net::HttpClient& http_;
};

}  // namespace orchestrator::twilio
