// What proves that a webhook comes from its provider.
#pragma once

#include <string>

#include "orchestrator/secret.hpp"

namespace orchestrator::api {

// Without its secret, a provider's webhooks are refused.
struct WebhookSecrets {
  std::string public_url;  // as in HttpConfig
  Secret twilio_auth_token;
  Secret whatsapp_app_secret;
  Secret whatsapp_verify_token;
};

}  // namespace orchestrator::api
