// The route table: which path is answered by what, who may call it, and how large its body may be.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/broadcast.hpp"
#include "http/access.hpp"
#include "http/coordinator_json.hpp"
#include "http/coordinator_services.hpp"
#include "http/server.hpp"
#include "http/signatures.hpp"
#include "http/turnstile.hpp"
#include "ingest/ingest.hpp"
#include "orchestrator/clock.hpp"
#include "orchestrator/inbound.hpp"
#include "orchestrator/message_record.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/rendering.hpp"
#include "orchestrator/rules.hpp"
#include "processor/processor.hpp"
#include "storage/message_store.hpp"
#include "storage/user_store.hpp"

namespace orchestrator::http {

// What the routes ask of the rest of the program. All are called from many threads at once, and may throw
// what storage/errors.hpp lists.
struct Services {
  std::function<ScheduleResult(ScheduleRequest)> schedule;  // a Scheduled is committed
  // A result each, in order; 503 for those that could not be stored.
  std::function<std::vector<ScheduleResult>(std::vector<ScheduleRequest>)> schedule_all;
  std::function<std::optional<MessageRecord>(const MessageId&)> find_message;
  std::function<storage::MessageStore::Cancellation(const MessageId&, const std::string& reason, Instant now)>
      cancel_message;
  std::function<std::optional<UserLine>(const UserId&)> line_of;  // all of it, up to some thousands
  std::function<std::variant<storage::UserStore::PutOutcome, Rejection>(const User&)> put_user;
  std::function<std::optional<UserRecord>(const UserId&)> find_user;
  // A receipt each, in order; all are committed, or none is.
  std::function<std::vector<Receipt>(const std::vector<IncomingMessage>&)> receive = {};
  // After the event with this id, if it is one; null when as many listen as may. A listener must be gone
  // before what it listens to.
  std::function<std::unique_ptr<events::Listener>(const std::string& last_event_id)> listen = {};
  // How many told news.
  std::function<std::size_t(const std::vector<DeliveryReport>&)> report_deliveries = {};
  TurnServices turns = {};
  CoordinatorServices coordinator = {};
  // Requests that nobody has taken up, from after `since`; and taking one up: false for an unknown one.
  std::function<std::vector<ReformulationRequest>(std::optional<Instant> since, std::size_t limit)>
      reformulations = {};
  std::function<bool(const std::string& id, Instant now)> finish_reformulation = {};
  std::function<PassSummary()> process_queue;  // a full pass, now
  std::function<ProcessorStatus()> processor_status;
  std::function<bool()> database_ready;
  std::function<std::string()> metrics_text;  // in the Prometheus text format
  std::function<void(std::chrono::duration<double>)> schedule_took;
  std::function<bool(std::string_view)> is_timezone;
};

inline constexpr BodyLimit kBodyLimit{std::size_t{1024} * 1024};
inline constexpr BodyLimit kWhatsAppBodyLimit{std::size_t{4} * 1024 * 1024};  // they send up to 3 MB
inline constexpr BodyLimit kBulkBodyLimit{std::size_t{16} * 1024 * 1024};

// Safe for concurrent use. The clock must outlive the routes.
class Routes {
 public:
  Routes(Services services, Access access, const Clock& clock, RuleDefaults rules, WebhookSecrets webhooks);

  // For the server, which the routes must outlive.
  Application application();

 private:
  struct Call {
    const httplib::Request& request;
    httplib::Response& response;
    std::string_view parameter;  // what stands for {id}, percent-encoded
  };
  struct Route {
    std::string_view method;
    std::string_view path;  // may hold {id}
    enum class Door { open, keys } door;
    enum class Body { optional, required } body;
    void (Routes::*handle)(const Call&);
    BodyLimit limit = kBodyLimit;
  };
  static const Route kTable[];

  static const Route* find(std::string_view method, std::string_view path);
  static std::string allowed_methods(std::string_view path);

  std::variant<BodyLimit, Refusal> admit(const RequestHead& head) const;
  void answer(const httplib::Request& request, httplib::Response& response);
  void dispatch(const httplib::Request& request, httplib::Response& response);
  void schedule_message(const Call& call);
  void schedule_messages(const Call& call);
  void get_message(const Call& call);
  void explain_message(const Call& call);
  void cancel_message(const Call& call);
  void preview(const Call& call);
  void put_user(const Call& call);
  void get_user(const Call& call);
  void list_reformulations(const Call& call);
  void finish_reformulation(const Call& call);
  void receive_message(const Call& call);
  void twilio_message(const Call& call);
  void twilio_status(const Call& call);
  void whatsapp_challenge(const Call& call);
  void whatsapp_news(const Call& call);
  void stream_events(const Call& call);
  void claim_turn(const Call& call);
  void complete_turn(const Call& call);
  void fail_turn(const Call& call);
  void renew_turn(const Call& call);
  void finish_turn(const Call& call, const AgentAnswer& answer, const std::string& token);
  void coordinator_stats(const Call& call);
  void coordinator_contact(const Call& call);
  void flush_contact(const Call& call);
  void emergency_flush(const Call& call);
  void unlock_contact(const Call& call);
  void unlock_all(const Call& call);
  void detect_deadlocks(const Call& call);
  void test_coordinator(const Call& call);
  void queue_stats(const Call& call);
  void api_health(const Call& call);
  void handlers_health(const Call& call);
  InstanceVitals vitals() const;
  void process_queue(const Call& call);
  void health(const Call& call);
  void ready(const Call& call);
  void metrics(const Call& call);
  void index(const Call& call);

  const Services services_;
  const Access access_;
  const Clock& clock_;
  const RuleDefaults rules_;
  const WebhookSecrets webhooks_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  Turnstile bulk_requests_{2, 32};                 // two keep both writers of ingest busy
  std::atomic<std::int64_t> messages_queued_ = 0;  // accepted by this instance since it started
};

}  // namespace orchestrator::http
