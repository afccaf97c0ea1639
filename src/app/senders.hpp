// Which sender the configuration asks for.
#pragma once

#include <memory>
#include <string>

#include "net/http_client.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::app {

// Null: somebody else sends. `public_url` is how providers reach this service; may be empty. The client must
// outlive the sender.
std::unique_ptr<Sender> make_sender(const DeliveryConfig& config, const std::string& public_url,
                                    net::HttpClient& http);

}  // namespace orchestrator::app
