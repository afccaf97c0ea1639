// What the routes ask for, tied to those who do it.
#pragma once

#include "events/feed.hpp"
#include "http/routes.hpp"
#include "inbound/coordinator.hpp"
#include "ingest/ingest.hpp"
#include "metrics/metrics.hpp"
#include "processor/processor.hpp"
#include "stores.hpp"

namespace orchestrator {

// Whom the services call; all of them must outlive the services.
struct Providers {
  Stores& stores;
  InboundStores& people;
  Processor& processor;
  Ingest& ingest;
  inbound::Coordinator& coordinator;
  events::Feed& feed;
  Metrics& metrics;
  const Clock& clock;
};

http::Services services_of(const Providers& providers, const InboundConfig& config);

http::WebhookSecrets webhook_secrets(const Config& config);

}  // namespace orchestrator
