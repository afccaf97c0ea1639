// Fakes of the services behind the routes: they return what the test sets and record their calls.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/event_routes.hpp"
#include "api/inbound_routes.hpp"
#include "api/message_routes.hpp"
#include "api/operation_routes.hpp"
#include "api/reformulation_routes.hpp"
#include "api/schedule_routes.hpp"
#include "api/user_routes.hpp"
#include "api/webhook_routes.hpp"
#include "events/broadcast.hpp"
#include "orchestrator/clock.hpp"

namespace orchestrator::api::testing {

class FixedClock final : public Clock {
 public:
  Instant now() const override { return *parse_instant("2026-11-20T18:00:00Z"); }
};

// One fake of all services except those of fake_inbound_services.hpp. Safe for concurrent use once it serves;
// what tests set is set before the first request.
class FakeServices : public ScheduleService,
                     public MessageService,
                     public UserService,
                     public InboundService,
                     public DeliveryReportService,
                     public ReformulationService,
                     public EventService,
                     public OperationService {
 public:
  std::vector<ScheduleRequest> scheduled() const { return copy(scheduled_); }
  std::vector<std::string> cancelled() const { return copy(cancelled_); }          // "id reason"
  std::vector<IncomingMessage> received() const { return copy(received_); }        // in order
  std::vector<std::size_t> receive_calls() const { return copy(receive_calls_); }  // messages per call
  std::vector<DeliveryReport> reported() const { return copy(reported_); }
  std::vector<std::string> resumed_after() const { return copy(resumed_after_); }  // one id per subscription
  std::size_t subscriptions() const { return subscriptions_; }
  std::optional<User> stored_user(const std::string& id) const;

  std::optional<Rejection> reject_with;
  std::function<void()> before_schedule = [] {};                                  // may throw
  std::function<ingest::ScheduleResult(const ScheduleRequest&)> schedule_one;     // also for bulk requests
  std::function<Receipt(const IncomingMessage&)> receive_one;                     // may throw
  std::function<void(const DeliveryReport&)> before_report = [](const auto&) {};  // may throw
  events::Broadcast broadcast{100};
  std::size_t max_subscriptions = 2;
  std::optional<UserRecord> known_user;
  std::optional<MessageRecord> known_message;
  std::optional<UserSnapshot> known_snapshot;
  Cancellation cancellation;
  std::vector<ReformulationRequest> pending_reformulations;
  bool database_ready = true;
  processor::ProcessorStatus current_processor_status;

 private:
  ingest::ScheduleResult schedule(ScheduleRequest request) override;
  void schedule_all(const NextRequest& next, const TakeResult& take) override;
  void record_duration(std::chrono::duration<double>) override {}
  std::optional<MessageRecord> find_message(const MessageId& id) override;
  std::optional<UserSnapshot> snapshot_of(const UserId&) override { return known_snapshot; }
  Cancellation cancel(const MessageId& id, const std::string& reason) override;
  std::variant<PutOutcome, Rejection> put_user(const User& user) override;
  std::optional<UserRecord> find_user(const UserId& id) override;
  std::vector<Receipt> receive(const std::vector<IncomingMessage>& messages) override;
  void report(const std::vector<DeliveryReport>& reports) override;
  std::vector<ReformulationRequest> open_reformulations(std::optional<Instant> since,
                                                        std::size_t limit) override;
  bool finish_reformulation(const std::string& id) override;
  std::unique_ptr<events::Subscription> subscribe(const std::string& last_event_id) override;
  processor::PassSummary process_queue() override;
  processor::ProcessorStatus processor_status() override { return current_processor_status; }
  bool is_database_ready() override { return database_ready; }
  std::string metrics_text() override { return "orchestrator_up 1\n"; }

  template <class T>
  T copy(const T& recorded) const {
    const std::lock_guard lock(mutex_);
    return recorded;
  }

  mutable std::mutex mutex_;  // guards what follows
  std::vector<ScheduleRequest> scheduled_;
  std::vector<std::string> cancelled_;
  std::vector<IncomingMessage> received_;
  std::vector<std::size_t> receive_calls_;
  std::vector<DeliveryReport> reported_;
  std::vector<std::string> resumed_after_;
  std::map<std::string, User> users_;
  std::atomic<std::size_t> subscriptions_ = 0;
};

}  // namespace orchestrator::api::testing
