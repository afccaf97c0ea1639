// The secrets that prove that a webhook comes from its provider.
#pragma once

#include <string>

#include "orchestrator/secret.hpp"

namespace orchestrator::api {

// The webhooks of a provider whose secret is empty are refused.
struct WebhookSecrets {
  std::string public_url;  // as in HttpConfig
  Secret twilio_auth_token;
  Secret whatsapp_app_secret;
  Secret whatsapp_verify_token;
};

}  // namespace orchestrator::api
