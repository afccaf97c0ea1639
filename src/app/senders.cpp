#include "app/senders.hpp"

#include <cstdlib>

#include "providers/console_sender.hpp"
#include "providers/twilio/sender.hpp"
#include "providers/whatsapp/sender.hpp"

namespace orchestrator::app {

std::unique_ptr<Sender> make_sender(const DeliveryConfig& config, const std::string& public_url,
                                    net::HttpClient& http) {
  switch (config.sender) {
    case SenderKind::none:
      return nullptr;
    case SenderKind::console:
      return std::make_unique<providers::ConsoleSender>();
    case SenderKind::twilio:
      return std::make_unique<twilio::TwilioSender>(config.twilio, public_url, config.timeout, http);
    case SenderKind::whatsapp:
      return std::make_unique<whatsapp::WhatsAppSender>(config.whatsapp, config.timeout, http);
  }
  std::abort();
}

}  // namespace orchestrator::app
