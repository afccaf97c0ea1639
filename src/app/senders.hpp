// Creates the sender that the setting SENDER selects.
#pragma once

#include <memory>
#include <string>

#include "net/http_client.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::app {

// Null for SENDER=none: another program sends. `public_url` is the address at which providers reach this
// service; it may be empty. The client must outlive the sender.
std::unique_ptr<Sender> make_sender(const DeliveryConfig& config, const std::string& public_url,
                                    net::HttpClient& http);

}  // namespace orchestrator::app
