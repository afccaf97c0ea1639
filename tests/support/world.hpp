// Ingest and passes in one process on a real database, with a manual clock; passes run when the test calls
// them.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "orchestrator/clock.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "processor/pass.hpp"
#include "storage/delivery_store.hpp"
#include "storage/message_store.hpp"
#include "storage/pass_store.hpp"
#include "storage/queue_store.hpp"
#include "storage/reformulation_store.hpp"
#include "storage/render_store.hpp"
#include "storage/user_store.hpp"
#include "support/database.hpp"
#include "support/sql.hpp"

namespace orchestrator::support {

class FakeClock final : public Clock {
 public:
  Instant now() const override { return Instant{Duration{now_us_.load()}}; }
  void set(Instant instant) { now_us_ = instant.time_since_epoch().count(); }
  void advance(Duration by) { now_us_ += by.count(); }

 private:
  std::atomic<Duration::rep> now_us_{0};
};

// "2026-11-20T12:00:00Z"
Instant at(const std::string& text);

class World {
 public:
  // Noon in London (winter), outside quiet hours.
  World();

  // The zone of users unless a test sets another.
  void add_user(const std::string& id, const std::string& timezone = "Europe/London");

  // Stores a message that is due now, or at `scheduled_for`.
  MessageId schedule(const std::string& user, const std::string& text, Priority priority = Priority::medium,
                     std::optional<Instant> scheduled_for = std::nullopt);
  // Stores the request as `POST /schedule-message` would, without group commit. Missing hashes are filled in.
  Admission submit(ScheduleRequest request);
  MessageId submitted(ScheduleRequest request);  // the same; fails unless the request is stored

  // Inserts an inbound message now, as another system would.
  void person_writes(const std::string& user);

  processor::PassSummary pass(processor::PassKind kind = processor::PassKind::full);

  // The texts promoted for the user, in order.
  std::vector<std::string> sent_to(const std::string& user);
  std::string status(const MessageId& message);
  std::string reason(const MessageId& message);

  // The user's next_attempt_at, or blocked_until, as text; "" for none.
  std::string next_attempt_at(const std::string& user);
  std::string blocked_by(const std::string& user);

  std::string url() const { return test_database_.url(); }

  // The two steps of submit().
  Submission draft_of(ScheduleRequest request);
  Admission store(const Submission& draft);

 private:
  std::string alarm_text(const std::string& column, const std::string& user);
  TestDatabase test_database_;

 public:
  FakeClock clock;
  RuleDefaults rules;
  IngestConfig ingest_limits;
  bool promotes_at_once = false;  // urgent and high messages, in submit(), as the service does
  UuidV7Source ids{support::logical_shards()};
  storage::Database database{Secret{test_database_.url()}, 8};
  storage::PassStore passes{database};
  storage::QueueStore queue{database};
  storage::UserStore users{database};
  storage::DeliveryStore deliveries{database};
  storage::MessageStore messages{database};
  storage::RenderStore renderings{database};
  storage::ReformulationStore reformulations{database};
  Sql sql{test_database_.url()};
};

}  // namespace orchestrator::support
