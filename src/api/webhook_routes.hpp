// The webhooks of the providers: messages that people wrote, and delivery reports. A provider repeats a
// webhook that is not answered with success, so only two kinds are refused: those that the provider did not
// sign, and those that may succeed when they are repeated.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "api/inbound_routes.hpp"
#include "api/router.hpp"
#include "api/webhook_secrets.hpp"
#include "orchestrator/inbound.hpp"

namespace orchestrator::api {

inline constexpr server::BodyLimit kWhatsAppBodyLimit{std::size_t{4} * 1024 * 1024};  // they send up to 3 MB

// Called from many threads at once; may throw what storage/errors.hpp lists.
class DeliveryReportService {
 public:
  virtual ~DeliveryReportService() = default;

  virtual void report(const std::vector<DeliveryReport>& reports) = 0;
};

// Safe for concurrent use. The services must outlive it.
class WebhookRoutes {
 public:
  WebhookRoutes(InboundService& inbound, DeliveryReportService& reports, WebhookSecrets secrets)
      : inbound_(inbound), reports_(reports), secrets_(std::move(secrets)) {}

  Routes routes();

 private:
  Result<Response> receive_twilio_message(const Call& call);
  Result<Response> receive_twilio_status(const Call& call);
  Result<Response> confirm_whatsapp_subscription(const Call& call);
  Result<Response> receive_whatsapp_webhook(const Call& call);

  void store(const std::vector<IncomingMessage>& messages);
  void store(const std::vector<DeliveryReport>& reports);

  InboundService& inbound_;
  DeliveryReportService& reports_;
  const WebhookSecrets secrets_;
};

}  // namespace orchestrator::api
