// What the routes ask for, tied to those who do it.
#pragma once

#include "api/routes.hpp"
#include "app/stores.hpp"
#include "events/feed.hpp"
#include "inbound/coordinator.hpp"
#include "ingest/ingest.hpp"
#include "metrics/metrics.hpp"
#include "processor/processor.hpp"

namespace orchestrator::app {

// Whom the services call; all of them must outlive the services.
struct Providers {
  Stores& stores;
  InboundStores& people;
  processor::Processor& processor;
  ingest::Ingest& ingest;
  inbound::Coordinator& coordinator;
  events::Feed& feed;
  metrics::Metrics& metrics;
  const Clock& clock;
};

api::Services services_of(const Providers& providers, const InboundConfig& config);

api::WebhookSecrets webhook_secrets(const Config& config);

}  // namespace orchestrator::app
