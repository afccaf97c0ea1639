// The HTTP API of the running service: its routes over its services, composed into one application.
#pragma once

#include "api/preview_routes.hpp"
#include "api/router.hpp"
#include "app/http_services.hpp"
#include "app/inbound_services.hpp"
#include "app/stores.hpp"

namespace orchestrator::app {

// Safe for concurrent use. What the context refers to must outlive it, and it must outlive the server.
class HttpApi {
 public:
  struct Context {
    Stores& stores;
    InboundStores& inbound_stores;
    processor::Processor& processor;
    ingest::Ingest& ingest;
    inbound::Coordinator& coordinator;
    events::Feed& feed;
    metrics::Metrics& metrics;
    const Clock& clock;
  };

  HttpApi(const Context& context, const Config& config);

  server::Application application() { return router_.application(); }

 private:
  ScheduleAdapter schedule_service_;
  MessageAdapter message_service_;
  UserAdapter user_service_;
  InboundAdapter inbound_service_;
  DeliveryReportAdapter report_service_;
  ReformulationAdapter reformulation_service_;
  EventAdapter event_service_;
  TurnAdapter turn_service_;
  CoordinatorAdapter coordinator_service_;
  OperationAdapter operation_service_;

  api::ProcessMonitor process_;
  api::ScheduleRoutes schedule_;
  api::MessageRoutes messages_;
  api::PreviewRoutes preview_;
  api::UserRoutes users_;
  api::InboundRoutes inbound_;
  api::WebhookRoutes webhooks_;
  api::ReformulationRoutes reformulations_;
  api::EventRoutes events_;
  api::TurnRoutes turns_;
  api::CoordinatorRoutes coordinator_;
  api::OperationRoutes operations_;
  api::Router router_;  // last: it refers to the routes
};

}  // namespace orchestrator::app
