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

#include "api/answer.hpp"
#include "api/api_keys.hpp"
#include "api/coordinator_json.hpp"
#include "api/coordinator_services.hpp"
#include "api/webhook_secrets.hpp"
#include "events/broadcast.hpp"
#include "ingest/ingest.hpp"
#include "orchestrator/clock.hpp"
#include "orchestrator/inbound.hpp"
#include "orchestrator/message_record.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/rendering.hpp"
#include "orchestrator/rules.hpp"
#include "processor/processor.hpp"
#include "server/application.hpp"
#include "server/concurrency_limiter.hpp"

namespace orchestrator::api {

// What the routes ask of the rest of the program. All are called from many threads at once, and may throw
// what storage/errors.hpp lists.
struct Services {
  std::function<ingest::ScheduleResult(ScheduleRequest)> schedule;  // a Scheduled is committed
  // A result each, in order; 503 for those that could not be stored.
  std::function<std::vector<ingest::ScheduleResult>(std::vector<ScheduleRequest>)> schedule_all;
  std::function<std::optional<MessageRecord>(const MessageId&)> find_message;
  std::function<Cancellation(const MessageId&, const std::string& reason, Instant now)> cancel_message;
  std::function<std::optional<UserSnapshot>(const UserId&)> snapshot_of;  // all of it, up to some thousands
  std::function<std::variant<PutOutcome, Rejection>(const User&)> put_user;
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
  std::function<processor::PassSummary()> process_queue;  // a full pass, now
  std::function<processor::ProcessorStatus()> processor_status;
  std::function<bool()> database_ready;
  std::function<std::string()> metrics_text;  // in the Prometheus text format
  std::function<void(std::chrono::duration<double>)> schedule_took;
  std::function<bool(std::string_view)> is_timezone;
};

inline constexpr server::BodyLimit kBodyLimit{std::size_t{1024} * 1024};
inline constexpr server::BodyLimit kWhatsAppBodyLimit{std::size_t{4} * 1024 * 1024};  // they send up to 3 MB
inline constexpr server::BodyLimit kBulkBodyLimit{std::size_t{16} * 1024 * 1024};

// Safe for concurrent use. The clock must outlive the routes.
class Routes {
 public:
  Routes(Services services, Access access, const Clock& clock, RuleDefaults rules, WebhookSecrets webhooks);

  // For the server, which the routes must outlive.
  server::Application application();

 private:
  struct Call {
    const server::Request& request;
    std::string_view parameter;  // what stands for {id}, percent-encoded
  };
  struct Route {
    std::string_view method;
    std::string_view path;  // may hold {id}
    enum class Auth { none, api_key } auth;
    enum class Body { optional, required } body;
    Response (Routes::*handle)(const Call&);
    server::BodyLimit limit = kBodyLimit;
  };
  static const Route kTable[];

  static const Route* find(std::string_view method, std::string_view path);
  static std::string allowed_methods(std::string_view path);

  std::variant<server::BodyLimit, Response> admit(const server::RequestHead& head) const;
  Response answer(const server::Request& request);
  Response dispatch(const server::Request& request);
  Response schedule_message(const Call& call);
  Response schedule_messages(const Call& call);
  Response get_message(const Call& call);
  Response explain_message(const Call& call);
  Response cancel_message(const Call& call);
  Response preview(const Call& call);
  Response put_user(const Call& call);
  Response get_user(const Call& call);
  Response list_reformulations(const Call& call);
  Response finish_reformulation(const Call& call);
  Response receive_message(const Call& call);
  Response twilio_message(const Call& call);
  Response twilio_status(const Call& call);
  Response whatsapp_challenge(const Call& call);
  Response whatsapp_news(const Call& call);
  Response stream_events(const Call& call);
  Response claim_turn(const Call& call);
  Response complete_turn(const Call& call);
  Response fail_turn(const Call& call);
  Response renew_turn(const Call& call);
  Response finish_turn(const Call& call, const AgentAnswer& answer, const std::string& token);
  Response coordinator_stats(const Call& call);
  Response coordinator_contact(const Call& call);
  Response flush_contact(const Call& call);
  Response emergency_flush(const Call& call);
  Response unlock_contact(const Call& call);
  Response unlock_all(const Call& call);
  Response detect_deadlocks(const Call& call);
  Response test_coordinator(const Call& call);
  Response queue_stats(const Call& call);
  Response api_health(const Call& call);
  Response handlers_health(const Call& call);
  InstanceVitals vitals() const;
  Response process_queue(const Call& call);
  Response health(const Call& call);
  Response ready(const Call& call);
  Response metrics(const Call& call);
  Response index(const Call& call);

  const Services services_;
  const Access access_;
  const Clock& clock_;
  const RuleDefaults rules_;
  const WebhookSecrets webhooks_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  server::ConcurrencyLimiter bulk_requests_{2, 32};  // two keep both writers of ingest busy
  std::atomic<std::int64_t> messages_queued_ = 0;    // accepted by this instance since it started
};

}  // namespace orchestrator::api
