#include "delivery/delivery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "delivery/attempts.hpp"
#include "logging/logging.hpp"
#include "storage/errors.hpp"

namespace orchestrator::delivery {
namespace {

// Longer than a call to the provider (SEND_TIMEOUT_SECONDS, at most 45 s) and the recording of its outcome.
constexpr std::chrono::seconds kLease{60};

// The longest time until the dispatcher notices a message of another instance, or an expired lease.
constexpr std::chrono::milliseconds kPollInterval{1000};

// The delay before recording is attempted again after another transaction had locked the row: of a message,
// which is attempted without waiting for the lock; and of a user.
constexpr std::chrono::milliseconds kLockedMessageDelay{100};
constexpr std::chrono::seconds kLockedUserDelay{5};

// At shutdown: the time for calls in flight to end by themselves, and then for stopped calls to return.
constexpr std::chrono::seconds kGracePeriod{4};
constexpr std::chrono::seconds kAbandonPeriod{3};

const char* metric_outcome(const AttemptResult& result) {
  switch (result.outcome.kind) {
    case SendOutcome::Kind::accepted:
      return "accepted";
    case SendOutcome::Kind::retryable:
      return result.next_attempt_at ? "retried" : "permanent";
    case SendOutcome::Kind::permanent:
      return "permanent";
    case SendOutcome::Kind::unknown:
      return "unknown";
  }
  std::abort();
}

void log_attempt(const AttemptResult& result) {
  const std::string& id = result.id.value;
  const std::string& code = result.outcome.error_code;
  switch (result.outcome.kind) {
    case SendOutcome::Kind::accepted:
      logging::info(fmt::format("Successfully delivered message {}", id));
      return;
    case SendOutcome::Kind::unknown:
      logging::warning(fmt::format("Delivery outcome unknown for message {}: {}", id, code));
      return;
    case SendOutcome::Kind::retryable:
    case SendOutcome::Kind::permanent:
      break;
  }
  if (result.next_attempt_at) {
    logging::info(fmt::format("Message {} will be sent again at {}: {}", id,
                              format_instant(*result.next_attempt_at), code));
  } else {
    logging::warning(fmt::format("Message {} cannot be delivered: {}", id, code));
  }
}

bool is_due(const std::optional<Instant>& at, Instant now) { return at && *at <= now; }

}  // namespace

Delivery::Delivery(Context context)
    : context_(std::move(context)),
      rate_(context_.store, context_.sender.provider(), context_.messages_per_second) {
  for (std::size_t i = 0; i < context_.concurrency; ++i) {
    workers_.emplace_back([this](const std::stop_token& stop) { run_worker(stop); });
  }
  dispatcher_ = std::jthread([this](const std::stop_token& stop) { run_dispatcher(stop); });
}

Delivery::~Delivery() {
  dispatcher_.request_stop();
  dispatcher_.join();
  for (auto& worker : workers_) worker.request_stop();
}

void Delivery::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_dispatcher_.notify_one();
}

// --- the dispatcher -----------------------------------------------------------------------------------

void Delivery::run_dispatcher(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    bool has_failed = false;
    try {
      // Outcomes are recorded before each claim: the claims of many messages that fail their last check would
      // otherwise delay the recording beyond the leases.
      do {
        record_finished_calls();
      } while (!stop.stop_requested() && dispatch());
    } catch (const std::exception& failure) {
      has_failed = true;
      logging::error(fmt::format("Delivery failed, retrying: {}", failure.what()));
    }
    wait_for_work(stop, has_failed);
  }
  shut_down();
}

// Returns whether more messages may be ready to send.
bool Delivery::dispatch() {
  const Instant now = context_.clock.now();
  release_uncertain_claims(now);
  if (is_due(schedule_.expiry_at, now)) expire_leases(now);
  const std::size_t slots = free_slots();
  if (slots == 0) return false;
  const std::size_t look_ups = claim_and_look_up(std::min(slots, free_look_up_slots()));
  return slots > look_ups && claim_and_send(slots - look_ups);
}

void Delivery::expire_leases(Instant now) {
  if (const auto expired = context_.store.expire_leases(now); expired > 0) {
    logging::warning(fmt::format(
        "Delivery outcome unknown for {} messages: their leases expired, so an instance died while sending",
        expired));
  }
}

// Repeated until the lease expires: the COMMIT of the claim may still be in progress at the first attempt.
void Delivery::release_uncertain_claims(Instant now) {
  if (uncertain_claims_.empty()) return;
  if (const auto released = context_.store.release(uncertain_claims_); released > 0) {
    logging::warning(fmt::format(
        "Released {} messages: the commit of their claim was in doubt; they are pending again", released));
  }
  std::erase_if(uncertain_claims_, [&](const DeliveryLease& lease) { return lease.until <= now; });
}

// Look-ups may take long, so at most a quarter of the workers perform them. A single worker alternates
// between look-ups and sends.
std::size_t Delivery::free_look_up_slots() {
  const std::size_t limit = std::max<std::size_t>(1, context_.concurrency / 4);
  sends_next_ = context_.concurrency == 1 && !sends_next_;
  return sends_next_ || open_look_ups_ >= limit ? 0 : limit - open_look_ups_;
}

// Returns whether more messages may be ready to send.
bool Delivery::claim_and_send(std::size_t slots) {
  const Instant now = context_.clock.now();
  const std::size_t allowed = rate_.allows(slots, now);
  throttled_until_ = rate_.next_at();
  if (allowed == 0) return false;
  const DeliveryLease lease{context_.ids.next_token(now), now + kLease};
  ClaimedMessages claimed;
  try {
    claimed = context_.store.claim(
        {lease, context_.sender.provider(), allowed, now},
        [&](const PendingMessage& pending) { return last_check(pending, context_.rules, now); });
  } catch (const storage::OutcomeUnknown&) {
    uncertain_claims_.push_back(lease);
    throw;
  }
  rate_.spend(claimed.messages.size());
  const bool is_cut = allowed < slots && claimed.messages.size() == allowed;
  throttled_until_ = is_cut ? rate_.next_at().value_or(now) : std::optional<Instant>{};
  for (auto& message : claimed.messages) enqueue({std::move(message), lease});
  return claimed.may_be_more;
}

// Returns the number of look-ups that were enqueued.
std::size_t Delivery::claim_and_look_up(std::size_t slots) {
  const Instant now = context_.clock.now();
  if (slots == 0 || !is_due(schedule_.look_up_at, now)) return 0;
  auto unsettled = context_.store.claim_unsettled(context_.sender.provider(), now, now + kLease, slots);
  for (auto& each : unsettled) enqueue({std::move(each.message), {}, each.look_ups});
  open_look_ups_ += unsettled.size();
  return unsettled.size();
}

// Finished calls whose rows are locked take no slot: they must not delay other messages.
std::size_t Delivery::free_slots() {
  const std::lock_guard lock(mutex_);
  if (context_.on_in_flight) context_.on_in_flight(in_flight_);
  return in_flight_ >= context_.concurrency ? 0 : context_.concurrency - in_flight_;
}

void Delivery::enqueue(ProviderCall call) {
  {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
    ++in_flight_;
  }
  wake_workers_.notify_one();
}

// With calls in flight at all times there is always work, so that the schedule is read when it is old, too.
void Delivery::read_schedule(Instant now) {
  const auto steady_now = std::chrono::steady_clock::now();
  if (free_slots() == 0 && steady_now < schedule_read_at_ + kPollInterval) return;
  schedule_ = context_.store.schedule(context_.sender.provider(), now);
  schedule_read_at_ = steady_now;
}

void Delivery::wait_for_work(const std::stop_token& stop, bool has_failed) {
  Duration limit = unrecorded_sends_.empty() || has_failed ? kPollInterval : kLockedMessageDelay;
  if (!has_failed) {
    try {
      const Instant now = context_.clock.now();
      read_schedule(now);
      const bool has_slots = free_slots() > 0;
      for (const auto& due : {schedule_.send_at, throttled_until_}) {
        if (due && has_slots) limit = std::clamp<Duration>(*due - now, Duration{0}, limit);
      }
      // What is due was read just now, or its rows are locked.
      for (const auto& due : {schedule_.look_up_at, schedule_.expiry_at}) {
        if (due)
          limit = std::clamp<Duration>(*due - now, std::min<Duration>(kLockedMessageDelay, limit), limit);
      }
    } catch (const std::exception& failure) {
      logging::error(fmt::format("Reading the next due message failed, retrying: {}", failure.what()));
    }
  }
  std::unique_lock lock(mutex_);
  // After a failure, finished calls are recorded only when the wait has ended.
  wake_dispatcher_.wait_for(lock, stop, limit, [&] { return woken_ || (!finished_.empty() && !has_failed); });
  woken_ = false;
}

// No new call begins. Calls in flight end, or are stopped after the grace period.
void Delivery::shut_down() {
  const auto all_end_within = [this](std::chrono::seconds limit) {
    std::unique_lock lock(mutex_);
    return wake_dispatcher_.wait_for(lock, limit, [this] { return finished_.size() == in_flight_; });
  };
  if (!all_end_within(kGracePeriod)) {
    abandon_.request_stop();
    all_end_within(kAbandonPeriod);
  }
  try {
    record_finished_calls();
    release_uncertain_claims(context_.clock.now());
  } catch (const std::exception& failure) {
    logging::error(fmt::format(
        "Recording the last delivery outcomes failed; they become unknown when their leases expire: {}",
        failure.what()));
  }
}

// --- outcomes -----------------------------------------------------------------------------------------

// On an exception, the calls that are not recorded yet stay in their lists.
void Delivery::record_finished_calls() {
  {
    const std::lock_guard lock(mutex_);
    in_flight_ -= finished_.size();
    for (FinishedCall& finished : finished_) {
      if (finished.outcome.recipient_opted_out) opt_outs_.insert(finished.call.message.user);
      (finished.call.lease ? unrecorded_sends_ : unsettled_look_ups_).push_back(std::move(finished));
    }
    finished_.clear();
  }
  record_opt_outs();
  record_attempts();
  while (!unsettled_look_ups_.empty()) {
    settle(unsettled_look_ups_.back());
    unsettled_look_ups_.pop_back();
    --open_look_ups_;
  }
}

// Runs before the attempts are recorded, so that a crash in between loses no opt-out; and in a transaction of
// its own, so that a locked user row delays no outcomes.
void Delivery::record_opt_outs() {
  const auto now = std::chrono::steady_clock::now();
  if (opt_outs_.empty() || now < next_opt_out_attempt_) return;
  try {
    context_.store.opt_out(opt_outs_, context_.clock.now());
    opt_outs_.clear();
  } catch (const storage::Locked&) {
    next_opt_out_attempt_ = now + kLockedUserDelay;
    logging::warning(
        fmt::format("Recording the opt-out of {} users is delayed: another transaction has locked their rows",
                    opt_outs_.size()));
  }
}

void Delivery::record_attempts() {
  const Instant now = context_.clock.now();
  std::vector<AttemptResult> results;
  for (const FinishedCall& finished : unrecorded_sends_) results.push_back(result_of(finished, now));
  if (results.empty()) return;
  const auto locked = context_.store.record(results, now);
  std::size_t next = 0;
  for (FinishedCall& finished : unrecorded_sends_) {
    const auto& result = results[next++];
    const bool was_locked = std::exchange(finished.is_row_locked, locked.contains(result.id));
    if (!finished.is_row_locked) {
      log_attempt(result);
      context_.on_attempt({metric_outcome(result), finished.took});
    } else if (!was_locked) {
      logging::warning(
          fmt::format("Message {} is locked by another transaction; its outcome will be recorded later",
                      result.id.value));
    }
  }
  std::erase_if(unrecorded_sends_, [](const FinishedCall& finished) { return !finished.is_row_locked; });
}

AttemptResult Delivery::result_of(const FinishedCall& finished, Instant now) const {
  const OutgoingMessage& message = finished.call.message;
  const SendOutcome& outcome = finished.outcome;
  AttemptResult result{message.id, message.user, finished.call.lease->token, outcome, {}};
  std::optional<Duration> delay;
  if (outcome.kind == SendOutcome::Kind::retryable) delay = retry_delay(outcome, message.attempt);
  if (outcome.kind == SendOutcome::Kind::unknown) delay = look_up_delay(0);
  if (delay) result.next_attempt_at = now + *delay;
  return result;
}

void Delivery::settle(const FinishedCall& finished) {
  const Instant now = context_.clock.now();
  const int look_ups = finished.call.look_ups;
  SettlementFacts settling{.found = finished.look_up.found};
  if (const auto delay = look_up_delay(look_ups)) settling.next_look_up_at = now + *delay;
  // A provider that gave no complete answer is asked again without limit.
  if (!finished.look_up.has_answered && !settling.next_look_up_at) {
    settling.next_look_up_at = now + *look_up_delay(2);
  }
  settling.may_resend = context_.unknown_policy == UnknownPolicy::retry && !settling.next_look_up_at;
  const std::string& id = finished.call.message.id.value;
  try {
    switch (context_.store.settle({finished.call.message, look_ups}, settling, now)) {
      case Settlement::settled:
        logging::info(fmt::format("Delivery outcome settled for message {}: the provider has it", id));
        return;
      case Settlement::resent:
        logging::warning(fmt::format("Message {} is sent again: the provider does not have it", id));
        return;
      case Settlement::open:
        if (settling.next_look_up_at) return;
        logging::warning(fmt::format("Delivery outcome stays unknown for message {}", id));
        return;
    }
  } catch (const storage::Locked&) {  // the message is claimed again when its lease expires
    logging::warning(
        fmt::format("Message {} is locked by another transaction; it will be looked up again", id));
  }
}

// --- the workers --------------------------------------------------------------------------------------

void Delivery::run_worker(const std::stop_token& stop) {
  while (true) {
    ProviderCall call;
    {
      std::unique_lock lock(mutex_);
      if (!wake_workers_.wait(lock, stop, [this] { return !calls_.empty(); })) return;
      call = std::move(calls_.front());
      calls_.pop_front();
    }
    FinishedCall finished = perform(call);
    {
      const std::lock_guard lock(mutex_);
      finished_.push_back(std::move(finished));
    }
    wake_dispatcher_.notify_one();
  }
}

Delivery::FinishedCall Delivery::perform(const ProviderCall& call) {
  const auto began = std::chrono::steady_clock::now();
  FinishedCall finished{call};
  const bool is_send = call.lease.has_value();
  try {
    // This instance was suspended, and another may have claimed the message.
    if (is_send && context_.clock.now() >= call.lease->until) {
      finished.outcome = {.kind = SendOutcome::Kind::retryable, .error_code = "lease_expired"};
    } else if (is_send) {
      finished.outcome = context_.sender.send(call.message, abandon_.get_token());
    } else {
      finished.look_up = context_.sender.look_up(call.message, abandon_.get_token());
    }
  } catch (const std::exception& failure) {
    finished.outcome = {.kind = SendOutcome::Kind::unknown, .error_code = "sender_failed"};
    finished.look_up = {};
    logging::error(fmt::format("{} message {} failed: {}", is_send ? "Sending" : "Looking up",
                               call.message.id.value, failure.what()));
  }
  finished.took = std::chrono::steady_clock::now() - began;
  return finished;
}

}  // namespace orchestrator::delivery
