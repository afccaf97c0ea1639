#include "delivery/senders.hpp"

#include <cstdlib>

#include "delivery/console_sender.hpp"
#include "delivery/twilio_sender.hpp"
#include "delivery/whatsapp_sender.hpp"

namespace orchestrator::delivery {

std::unique_ptr<Sender> make_sender(const DeliveryConfig& config, const std::string& public_url,
                                    net::HttpClient& http) {
  switch (config.sender) {
    case SenderKind::none:
      return nullptr;
    case SenderKind::console:
      return std::make_unique<ConsoleSender>();
    case SenderKind::twilio:
      return std::make_unique<TwilioSender>(config.twilio, public_url, config.timeout, http);
    case SenderKind::whatsapp:
      return std::make_unique<WhatsAppSender>(config.whatsapp, config.timeout, http);
  }
  std::abort();
}

}  // namespace orchestrator::delivery
