// The real server and routes on a free port, over services that only remember what they were asked.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/routes.hpp"
#include "events/broadcast.hpp"
#include "server/server.hpp"
#include "support/raw_client.hpp"

namespace orchestrator::api::testing {

class FixedClock final : public Clock {
 public:
  Instant now() const override { return *parse_instant("2026-11-20T18:00:00Z"); }
};

// As the providers would know this service.
WebhookSecrets webhook_secrets();

// Deadlines short enough to be waited for in a test.
server::ServerLimits short_limits();

class FakeService {
 public:
  explicit FakeService(const std::vector<std::string>& api_keys = {},
                       server::ServerLimits limits = short_limits(),
                       WebhookSecrets webhooks = webhook_secrets(),
                       const RuleDefaults& rules = RuleDefaults{});

  int port() const { return server_->port(); }
  server::Server& server() { return *server_; }

  support::Answer post_bulk(std::string_view body, std::string_view headers = {}) {
    return support::exchange(port(), "POST", "/schedule-messages", body, headers);
  }
  support::Answer post(std::string_view body, std::string_view headers = {}) {
    return support::exchange(port(), "POST", "/schedule-message", body, headers);
  }

  std::vector<ScheduleRequest> scheduled() const;
  std::vector<std::string> cancelled() const;      // "id reason"
  std::vector<IncomingMessage> received() const;   // in order
  std::vector<std::size_t> receive_calls() const;  // how many messages each call had
  std::vector<DeliveryReport> reported() const;
  std::vector<std::string> resumed_after() const;  // what each listener named
  std::size_t listeners() const { return listeners_; }
  std::optional<User> stored_user(const std::string& id) const;

  // What the fakes do; to be set before the first request.
  std::optional<Rejection> reject_with;
  std::function<void()> before_schedule = [] {};  // may throw
  std::function<ingest::ScheduleResult(const ScheduleRequest&)>
      schedule_one;                                            // of those of a bulk request, too
  std::function<Receipt(const IncomingMessage&)> receive_one;  // may throw: then none of its call is stored
  std::function<void(const DeliveryReport&)> before_report = [](const DeliveryReport&) {};  // may throw
  events::Broadcast broadcast{100};
  std::size_t most_listeners = 2;
  std::optional<UserRecord> known_user;
  std::optional<MessageRecord> known_message;
  std::optional<UserSnapshot> known_line;
  Cancellation cancellation;
  std::vector<ReformulationRequest> open_reformulations;
  bool database_ready = true;
  processor::ProcessorStatus processor_status;

 private:
  Services services();
  ingest::ScheduleResult schedule(const ScheduleRequest& request);
  std::vector<Receipt> receive(const std::vector<IncomingMessage>& messages);
  std::unique_ptr<events::Listener> listen(const std::string& last_event_id);
  std::size_t report(const std::vector<DeliveryReport>& reports);

  const FixedClock clock_;
  mutable std::mutex mutex_;
  std::vector<ScheduleRequest> scheduled_;
  std::vector<std::string> cancelled_;
  std::vector<IncomingMessage> received_;
  std::vector<std::size_t> receive_calls_;
  std::vector<DeliveryReport> reported_;
  std::vector<std::string> resumed_after_;
  std::atomic<std::size_t> listeners_ = 0;
  std::map<std::string, User> users_;
  std::unique_ptr<Routes> routes_;
  std::unique_ptr<server::Server> server_;
};

// A body that is accepted, with `fields` (a piece of JSON text such as R"("priority":"low")") added.
std::string schedule_body(std::string_view fields = {});

}  // namespace orchestrator::api::testing
