// The real server and routes on a free port, over fake services that record their calls.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/fake_inbound_services.hpp"
#include "api/fake_services.hpp"
#include "api/preview_routes.hpp"
#include "server/server.hpp"
#include "support/raw_client.hpp"

namespace orchestrator::api::testing {

// The secrets that FakeService shares with the providers.
WebhookSecrets webhook_secrets();

// Deadlines that a test can wait for.
server::ServerLimits short_limits();

class FakeService : public FakeServices {
 public:
  explicit FakeService(const std::vector<std::string>& api_keys = {},
                       server::ServerLimits limits = short_limits(),
                       WebhookSecrets webhooks = webhook_secrets(),
                       const RuleDefaults& rules = RuleDefaults{});

  FakeTurns turns;
  FakeCoordinator coordinator;

  int port() const { return server_->port(); }
  server::Server& server() { return *server_; }

  support::Answer post(std::string_view body, std::string_view headers = {}) {
    return support::exchange(port(), "POST", "/schedule-message", body, headers);
  }
  support::Answer post_bulk(std::string_view body, std::string_view headers = {}) {
    return support::exchange(port(), "POST", "/schedule-messages", body, headers);
  }

 private:
  const FixedClock clock_;
  const ProcessMonitor process_;
  ScheduleRoutes schedule_;
  MessageRoutes messages_;
  PreviewRoutes preview_;
  UserRoutes users_;
  InboundRoutes inbound_;
  WebhookRoutes webhooks_;
  ReformulationRoutes reformulations_;
  EventRoutes events_;
  TurnRoutes turns_;
  CoordinatorRoutes coordinator_;
  OperationRoutes operations_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<server::Server> server_;
};

// A body that is accepted, with `fields` (a piece of JSON text such as R"("priority":"low")") added.
std::string schedule_body(std::string_view fields = {});

}  // namespace orchestrator::api::testing
