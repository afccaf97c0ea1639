// The services that the routes of the API need, over the stores, the processor, ingest, the coordinator and
// the event feed: one adapter per subject. All are safe for concurrent use; what they are given must outlive
// them.
#pragma once

#include <utility>

#include "api/event_routes.hpp"
#include "api/message_routes.hpp"
#include "api/operation_routes.hpp"
#include "api/reformulation_routes.hpp"
#include "api/schedule_routes.hpp"
#include "api/user_routes.hpp"
#include "api/webhook_routes.hpp"
#include "events/feed.hpp"
#include "metrics/metrics.hpp"
#include "storage/delivery_store.hpp"
#include "storage/message_store.hpp"
#include "storage/reformulation_store.hpp"
#include "storage/user_store.hpp"

namespace orchestrator::app {

class ScheduleAdapter final : public api::ScheduleService {
 public:
  ScheduleAdapter(ingest::Ingest& ingest, metrics::Metrics& metrics) : ingest_(ingest), metrics_(metrics) {}

  ingest::ScheduleResult schedule(ScheduleRequest request) override {
    return ingest_.schedule(std::move(request));
  }
  void schedule_all(const NextRequest& next, const TakeResult& take) override {
    ingest_.schedule_all(next, take);
  }
  void record_duration(metrics::Seconds duration) override { metrics_.record_ingest(duration); }

 private:
  ingest::Ingest& ingest_;
  metrics::Metrics& metrics_;
};

class MessageAdapter final : public api::MessageService {
 public:
  MessageAdapter(storage::MessageStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  std::optional<MessageRecord> find_message(const MessageId& id) override { return store_.find(id); }
  std::optional<UserSnapshot> snapshot_of(const UserId& user) override;
  Cancellation cancel(const MessageId& id, const std::string& reason) override {
    return store_.cancel(id, reason, clock_.now());
  }

 private:
  storage::MessageStore& store_;
  const Clock& clock_;
};

class UserAdapter final : public api::UserService {
 public:
  explicit UserAdapter(storage::UserStore& store) : store_(store) {}

  std::variant<PutOutcome, Rejection> put_user(const User& user) override { return store_.put(user); }
  std::optional<UserRecord> find_user(const UserId& id) override { return store_.find(id); }

 private:
  storage::UserStore& store_;
};

class ReformulationAdapter final : public api::ReformulationService {
 public:
  ReformulationAdapter(storage::ReformulationStore& store, const Clock& clock)
      : store_(store), clock_(clock) {}

  std::vector<ReformulationRequest> open_reformulations(std::optional<Instant> since,
                                                        std::size_t limit) override {
    return store_.open(since, limit);
  }
  bool finish_reformulation(const std::string& id) override { return store_.finish(id, clock_.now()); }

 private:
  storage::ReformulationStore& store_;
  const Clock& clock_;
};

class EventAdapter final : public api::EventService {
 public:
  explicit EventAdapter(events::Feed& feed) : feed_(feed) {}

  std::unique_ptr<events::Subscription> subscribe(const std::string& last_event_id) override {
    return feed_.subscribe(last_event_id);
  }

 private:
  events::Feed& feed_;
};

class DeliveryReportAdapter final : public api::DeliveryReportService {
 public:
  DeliveryReportAdapter(storage::DeliveryStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  void report(const std::vector<DeliveryReport>& reports) override { store_.report(reports, clock_.now()); }

 private:
  storage::DeliveryStore& store_;
  const Clock& clock_;
};

class OperationAdapter final : public api::OperationService {
 public:
  OperationAdapter(processor::Processor& processor, storage::Database& database, metrics::Metrics& metrics)
      : processor_(processor), database_(database), metrics_(metrics) {}

  processor::PassSummary process_queue() override { return processor_.run_full_pass(); }
  processor::ProcessorStatus processor_status() override { return processor_.status(); }
  bool is_database_ready() override { return database_.is_ready(); }
  std::string metrics_text() override { return metrics_.text(); }

 private:
  processor::Processor& processor_;
  storage::Database& database_;
  metrics::Metrics& metrics_;
};

}  // namespace orchestrator::app
