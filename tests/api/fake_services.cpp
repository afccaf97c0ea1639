#include "api/fake_services.hpp"

namespace orchestrator::api::testing {

namespace {

const MessageId kQueuedId("019a0000-0000-7000-8000-000000000001");
const MessageId kReceivedId("019a0000-0000-7000-8000-000000000002");

}  // namespace

std::optional<User> FakeServices::stored_user(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(id);
  return found == users_.end() ? std::nullopt : std::optional(found->second);
}

ingest::ScheduleResult FakeServices::schedule(ScheduleRequest request) {
  before_schedule();
  if (reject_with) return *reject_with;
  if (schedule_one) return schedule_one(request);
  const std::lock_guard lock(mutex_);
  scheduled_.push_back(request);
  return Scheduled{Scheduled::Kind::queued, kQueuedId, request.scheduled_for};
}

void FakeServices::schedule_all(const NextRequest& next, const TakeResult& take) {
  while (auto request = next()) take(*request ? schedule(**request) : request->rejection());
}

std::optional<MessageRecord> FakeServices::find_message(const MessageId& id) {
  return known_message && known_message->id == id ? known_message : std::nullopt;
}

Cancellation FakeServices::cancel(const MessageId& id, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  cancelled_.push_back(id.value + " " + reason);
  return cancellation;
}

std::variant<PutOutcome, Rejection> FakeServices::put_user(const User& user) {
  if (reject_with) return *reject_with;
  const std::lock_guard lock(mutex_);
  const bool is_new = users_.insert_or_assign(user.id.value, user).second;
  return is_new ? PutOutcome::created : PutOutcome::replaced;
}

std::optional<UserRecord> FakeServices::find_user(const UserId& id) {
  return known_user && known_user->user.id == id ? known_user : std::nullopt;
}

std::vector<Receipt> FakeServices::receive(const std::vector<IncomingMessage>& messages) {
  const std::lock_guard lock(mutex_);
  receive_calls_.push_back(messages.size());
  std::vector<Receipt> receipts;
  for (const auto& message : messages) {
    receipts.push_back(receive_one ? receive_one(message)
                                   : Receipt{.id = kReceivedId, .user = UserId(message.contact_id)});
  }
  received_.insert(received_.end(), messages.begin(), messages.end());
  return receipts;
}

void FakeServices::report(const std::vector<DeliveryReport>& reports) {
  const std::lock_guard lock(mutex_);
  for (const auto& each : reports) before_report(each);
  reported_.insert(reported_.end(), reports.begin(), reports.end());
}

std::vector<ReformulationRequest> FakeServices::open_reformulations(std::optional<Instant> since,
                                                                    std::size_t limit) {
  std::vector<ReformulationRequest> found;
  for (const auto& request : pending_reformulations) {
    if ((!since || request.created_at > *since) && found.size() < limit) found.push_back(request);
  }
  return found;
}

bool FakeServices::finish_reformulation(const std::string& id) {
  return std::erase_if(pending_reformulations, [&](const auto& request) { return request.id == id; }) > 0;
}

std::unique_ptr<events::Subscription> FakeServices::subscribe(const std::string& last_event_id) {
  const std::lock_guard lock(mutex_);
  if (subscriptions_ == max_subscriptions) return nullptr;
  ++subscriptions_;
  resumed_after_.push_back(last_event_id);
  return std::make_unique<events::Subscription>(broadcast, broadcast.end(), [this] { --subscriptions_; });
}

processor::PassSummary FakeServices::process_queue() {
  processor::PassSummary pass;
  pass.started_at = FixedClock().now();
  pass.promoted = 3;
  pass.deferred = 2;
  return pass;
}

}  // namespace orchestrator::api::testing
