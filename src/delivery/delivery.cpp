#include "delivery/delivery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "delivery/attempts.hpp"
#include "logging/logging.hpp"
#include "storage/errors.hpp"

namespace orchestrator::delivery {
namespace {

using delivery::last_check;
using delivery::look_up_delay;
using delivery::retry_delay;

// Longer than a call to a provider may take (SEND_TIMEOUT_SECONDS) and its outcome takes to be stored.
constexpr std::chrono::seconds kLease{60};

// How late a row that another instance wrote, or a lease that ran out, may be noticed.
constexpr std::chrono::milliseconds kPoll{1000};

// Until what could not be stored because somebody held its rows is brought again: of messages, which is
// tried without waiting for anybody; and of people.
constexpr std::chrono::milliseconds kHeldPoll{100};
constexpr std::chrono::seconds kOptOutsPoll{5};

// Of a stop: for what is in flight to end by itself, and then to be stored.
constexpr std::chrono::seconds kGrace{4};
constexpr std::chrono::seconds kLastWords{3};

const char* word_for(const AttemptResult& result) {
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
      logging::warning(fmt::format("Whether message {} went is unknown: {}", id, code));
      return;
    case SendOutcome::Kind::retryable:
    case SendOutcome::Kind::permanent:
      break;
  }
  if (result.next_attempt_at) {
    logging::info(fmt::format("Message {} is tried again at {}: {}", id,
                              format_instant(*result.next_attempt_at), code));
  } else {
    logging::warning(fmt::format("Message {} cannot be delivered: {}", id, code));
  }
}

}  // namespace

Delivery::Delivery(Context context) : context_(std::move(context)) {
  for (std::size_t i = 0; i < context_.concurrency; ++i) {
    workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
  dispatcher_ = std::jthread([this](const std::stop_token& stop) { dispatch_all(stop); });
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
  wake_up_.notify_one();
}

// --- the dispatcher -----------------------------------------------------------------------------------

void Delivery::dispatch_all(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    bool had_trouble = false;
    try {
      // Storing comes first, each time: while many are turned down, leases of what has gone would run out.
      do {
        record_all();
      } while (!stop.stop_requested() && dispatch());
    } catch (const std::exception& failure) {
      had_trouble = true;
      logging::error(fmt::format("Delivery failed, trying again: {}", failure.what()));
    }
    wait(stop, had_trouble);
  }
  finish();
}

// Whether there may be more to hand out.
bool Delivery::dispatch() {
  const Instant now = context_.clock.now();
  give_back_what_is_in_doubt(now);
  if (const auto unknown = context_.store.expire_leases(now); unknown > 0) {
    logging::warning(
        fmt::format("{} messages were being sent when an instance died: status unknown", unknown));
  }
  const std::size_t slots = free_slots();
  if (slots == 0) return false;
  const std::size_t looking = look_into_unsettled(std::min(slots, slots_for_questions()));
  return slots > looking && claim(slots - looking);
}

// Time and again until the lease is over: a COMMIT may still be on its way when it is first looked for.
void Delivery::give_back_what_is_in_doubt(Instant now) {
  if (in_doubt_.empty()) return;
  if (const auto given_back = context_.store.give_back(in_doubt_); given_back > 0) {
    logging::warning(
        fmt::format("{} messages are pending again: their claim's commit was in doubt", given_back));
  }
  std::erase_if(in_doubt_, [&](const DeliveryLease& lease) { return lease.until <= now; });
}

// Questions may stay open for long: most threads are left for what has not been sent, and a single one does
// both by turns.
std::size_t Delivery::slots_for_questions() {
  const std::size_t most = std::max<std::size_t>(1, context_.concurrency / 4);
  sends_next_ = context_.concurrency == 1 && !sends_next_;
  return sends_next_ || open_questions_ >= most ? 0 : most - open_questions_;
}

bool Delivery::claim(std::size_t slots) {
  const Instant now = context_.clock.now();
  const DeliveryLease lease{context_.ids.next(now).value, now + kLease};
  ClaimedMessages claimed;
  try {
    claimed = context_.store.claim(
        {lease, context_.sender.provider(), slots, context_.messages_per_second, now},
        [&](const PendingMessage& pending) { return last_check(pending, context_.rules, now); });
  } catch (const storage::OutcomeUnknown&) {
    in_doubt_.push_back(lease);
    throw;
  }
  throttled_until_ = claimed.throttled_until;
  for (auto& message : claimed.messages) hand_out({std::move(message), lease});
  return claimed.may_be_more;
}

std::size_t Delivery::look_into_unsettled(std::size_t slots) {
  if (slots == 0) return 0;
  const Instant now = context_.clock.now();
  auto unsettled = context_.store.claim_unsettled(context_.sender.provider(), now, now + kLease, slots);
  for (auto& each : unsettled) hand_out({std::move(each.message), {}, each.look_ups});
  open_questions_ += unsettled.size();
  return unsettled.size();
}

// What somebody holds takes none: it must not hold up others.
std::size_t Delivery::free_slots() {
  const std::lock_guard lock(mutex_);
  if (context_.in_flight_is) context_.in_flight_is(in_flight_);
  return in_flight_ >= context_.concurrency ? 0 : context_.concurrency - in_flight_;
}

void Delivery::hand_out(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    ++in_flight_;
  }
  more_work_.notify_one();
}

void Delivery::wait(const std::stop_token& stop, bool had_trouble) {
  Duration at_most = unrecorded_.empty() || had_trouble ? kPoll : kHeldPoll;
  if (!had_trouble && free_slots() > 0) {
    try {
      const Instant now = context_.clock.now();
      for (const auto& due : {context_.store.next_due(now), throttled_until_}) {
        if (due) at_most = std::clamp<Duration>(*due - now, Duration{0}, at_most);
      }
    } catch (const std::exception& failure) {
      logging::error(fmt::format("Delivery cannot see what is due: {}", failure.what()));
    }
  }
  std::unique_lock lock(mutex_);
  // Results that could not be stored are no news.
  wake_up_.wait_for(lock, stop, at_most, [&] { return woken_ || (!done_.empty() && !had_trouble); });
  woken_ = false;
}

// Nothing new is begun; what is in flight ends, or is abandoned.
void Delivery::finish() {
  const auto ends = [this](std::chrono::seconds limit) {
    std::unique_lock lock(mutex_);
    return wake_up_.wait_for(lock, limit, [this] { return done_.size() == in_flight_; });
  };
  if (!ends(kGrace)) {
    abandon_.request_stop();
    ends(kLastWords);
  }
  try {
    record_all();
    give_back_what_is_in_doubt(context_.clock.now());
  } catch (const std::exception& failure) {
    logging::error(fmt::format(
        "What became of the last messages cannot be stored, so their leases run out: {}", failure.what()));
  }
}

// --- outcomes -----------------------------------------------------------------------------------------

// On an exception what is not stored stays where it is.
void Delivery::record_all() {
  {
    const std::lock_guard lock(mutex_);
    in_flight_ -= done_.size();
    for (Done& done : done_) {
      if (done.outcome.error_code == kOptedOutAtProvider) opt_outs_.insert(done.task.message.user);
      (done.task.lease ? unrecorded_ : unsettled_).push_back(std::move(done));
    }
    done_.clear();
  }
  store_opt_outs();
  record_attempts();
  while (!unsettled_.empty()) {
    settle(unsettled_.back());
    unsettled_.pop_back();
    --open_questions_;
  }
}

// Before the attempts that told of them, so that a crash in between forgets nobody; apart from these, so that
// whoever holds a person's row holds up no outcomes.
void Delivery::store_opt_outs() {
  const auto now = std::chrono::steady_clock::now();
  if (opt_outs_.empty() || now < opt_outs_again_at_) return;
  try {
    context_.store.opt_out(opt_outs_, context_.clock.now());
    opt_outs_.clear();
  } catch (const storage::Locked&) {
    opt_outs_again_at_ = now + kOptOutsPoll;
    logging::warning("Somebody holds people who have opted out at the provider: that is stored later");
  }
}

void Delivery::record_attempts() {
  const Instant now = context_.clock.now();
  std::vector<AttemptResult> results;
  for (const Done& done : unrecorded_) results.push_back(result_of(done, now));
  if (results.empty()) return;
  const auto held = context_.store.record(results, now);
  std::size_t next = 0;
  for (Done& done : unrecorded_) {
    const auto& result = results[next++];
    const bool was_held = std::exchange(done.is_held, held.contains(result.id));
    if (!done.is_held) {
      log_attempt(result);
      context_.attempted({word_for(result), done.took});
    } else if (!was_held) {
      logging::warning(
          fmt::format("Somebody holds message {}: what became of it is stored later", result.id.value));
    }
  }
  std::erase_if(unrecorded_, [](const Done& done) { return !done.is_held; });
}

AttemptResult Delivery::result_of(const Done& done, Instant now) const {
  const OutgoingMessage& message = done.task.message;
  AttemptResult result{message.id, message.user, done.task.lease->token, done.outcome, {}};
  std::optional<Duration> delay;
  if (done.outcome.kind == SendOutcome::Kind::retryable) delay = retry_delay(done.outcome, message.attempt);
  if (done.outcome.kind == SendOutcome::Kind::unknown) delay = look_up_delay(0);
  if (delay) result.next_attempt_at = now + *delay;
  return result;
}

void Delivery::settle(const Done& done) {
  const Instant now = context_.clock.now();
  const int looks = done.task.look_ups;
  SettlementFacts settling{.found = done.look_up.found};
  if (const auto delay = look_up_delay(looks)) settling.next_look_up_at = now + *delay;
  // A provider that has not answered is asked until it does.
  if (!done.look_up.has_answered && !settling.next_look_up_at) {
    settling.next_look_up_at = now + *look_up_delay(2);
  }
  settling.may_resend = context_.unknown_policy == UnknownPolicy::retry && !settling.next_look_up_at;
  const std::string& id = done.task.message.id.value;
  try {
    switch (context_.store.settle({done.task.message, looks}, settling, now)) {
      case Settlement::settled:
        logging::info(fmt::format("Message {} was with the provider: settled", id));
        return;
      case Settlement::resent:
        logging::warning(fmt::format("The provider knows nothing of message {}: sent once more", id));
        return;
      case Settlement::open:
        if (!settling.next_look_up_at) logging::warning(fmt::format("Message {} stays unknown", id));
        return;
    }
  } catch (const storage::Locked&) {  // nothing is lost: it comes up again a lease after it was claimed
    logging::warning(fmt::format("Somebody holds message {}: the provider is asked once more", id));
  }
}

// --- the workers --------------------------------------------------------------------------------------

void Delivery::work(const std::stop_token& stop) {
  while (true) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      if (!more_work_.wait(lock, stop, [this] { return !tasks_.empty(); })) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    Done done = perform(task);
    {
      const std::lock_guard lock(mutex_);
      done_.push_back(std::move(done));
    }
    wake_up_.notify_one();
  }
}

Delivery::Done Delivery::perform(const Task& task) {
  const auto began = std::chrono::steady_clock::now();
  Done done{task};
  const bool is_attempt = task.lease.has_value();
  try {
    // This instance was frozen meanwhile, and others may have dealt with the message.
    if (is_attempt && context_.clock.now() >= task.lease->until) {
      done.outcome = {.kind = SendOutcome::Kind::retryable, .error_code = "lease_expired"};
    } else if (is_attempt) {
      done.outcome = context_.sender.send(task.message, abandon_.get_token());
    } else {
      done.look_up = context_.sender.look_up(task.message, abandon_.get_token());
    }
  } catch (const std::exception& failure) {
    done.outcome = {.kind = SendOutcome::Kind::unknown, .error_code = "sender_failed"};
    done.look_up = {};
    logging::error(fmt::format("{} message {} failed: {}", is_attempt ? "Sending" : "Asking about",
                               task.message.id.value, failure.what()));
  }
  done.took = std::chrono::steady_clock::now() - began;
  return done;
}

}  // namespace orchestrator::delivery
