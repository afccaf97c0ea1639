#include "inbound/coordinator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "inbound/batching.hpp"
#include "logging/logging.hpp"
#include "policy/counters.hpp"
#include "storage/errors.hpp"

namespace orchestrator::inbound {
namespace {

using std::chrono::steady_clock;

// The longest and the shortest time between two polls for due turns. The longest is the delay with which a
// message that another instance received may be noticed. The shortest limits the polls while a turn is due
// but max_concurrent_contacts are in process.
constexpr std::chrono::milliseconds kMaxPollInterval{1000};
constexpr std::chrono::milliseconds kMinPollInterval{50};

constexpr std::chrono::seconds kSweepInterval{30};

// For how long recording an answer is retried while the database is unavailable. Then the answer is
// discarded, the lease expires and the turn is given to an agent again.
constexpr std::chrono::seconds kMaxRecordingTime{60};

AgentAnswer ask(AgentProcessor& agent, const Turn& turn) {
  try {
    return agent.process(turn);
  } catch (const std::exception& failure) {
    return {.success = false, .response = "", .error = failure.what(), .agent = ""};
  } catch (...) {
    return {.success = false, .response = "", .error = "the agent threw an unknown exception", .agent = ""};
  }
}

}  // namespace

InboundRules rules_of(const InboundConfig& config, const RuleDefaults& defaults) {
  InboundRules rules;
  rules.duplicate_window = config.duplicate_window;
  rules.max_waiting = static_cast<std::size_t>(config.max_waiting_per_contact);
  rules.max_in_process = static_cast<std::size_t>(config.max_concurrent_contacts);
  rules.max_batch = kMaxBatch;
  rules.lease = config.turn_lease;
  rules.max_attempts = kMaxAttempts;
  rules.fallback_text = config.fallback_text;
  rules.opt_out_text = config.opt_out_text;
  rules.opt_in_text = config.opt_in_text;
  rules.retry_delay = retry_delay;
  rules.count_send = [defaults](Instant now, UserFacts facts) {
    const policy::Limits limits = policy::limits_in_force(facts, defaults);
    return policy::after_sending(now, std::move(facts), limits);
  };
  return rules;
}

Coordinator::Coordinator(Context context, const InboundConfig& config, AgentProcessor* agent,
                         CoordinatorHooks hooks)
    : context_(context),
      config_(config),
      consent_words_(config.consent_words),
      agent_(agent),
      hooks_(std::move(hooks)),
      loop_([this](const std::stop_token& stop) { run(stop); }) {}

Coordinator::~Coordinator() {
  drain(std::chrono::milliseconds{0});
  for (std::jthread& worker : workers_) worker.request_stop();
  for (std::jthread& worker : workers_) worker.join();
}

void Coordinator::drain(std::chrono::milliseconds grace) {
  is_stopping_ = true;
  loop_.request_stop();
  if (loop_.joinable()) loop_.join();
  std::unique_lock lock(mutex_);
  is_interrupting_ = !turn_ended_.wait_for(lock, grace, [this] { return in_process_.empty(); });
}

std::vector<Receipt> Coordinator::receive(std::vector<IncomingMessage> messages) {
  std::vector<Arrival> arrivals;
  for (IncomingMessage& message : messages) {
    const Consent consent = consent_of(message);
    arrivals.push_back({consent, std::move(message)});
  }
  auto receipts = context_.inbound.receive(arrivals, context_.clock.now());
  const auto is_confirmed = [](const Receipt& receipt) {
    return receipt.kind == Receipt::Kind::opted_out || receipt.kind == Receipt::Kind::opted_in;
  };
  for (const Receipt& receipt : receipts) hooks_.received(receipt.kind);
  if (std::ranges::any_of(receipts, &Receipt::wakes_queue)) hooks_.messages_freed();
  if (std::ranges::any_of(receipts, is_confirmed)) hooks_.reply_queued();
  if (agent_ != nullptr) wake();
  return receipts;
}

// The gateway's verdict precedes ours. The caption of a picture counts like a text.
Consent Coordinator::consent_of(const IncomingMessage& message) const {
  if (message.gateway_consent) return *message.gateway_consent;
  constexpr std::array<std::string_view, 2> kChosen = {"button", "interactive"};
  const bool is_chosen = std::ranges::find(kChosen, message.type) != kChosen.end();
  return consent_words_.consent_of(message.text, is_chosen ? policy::Entry::chosen : policy::Entry::typed);
}

std::optional<Turn> Coordinator::claim() {
  auto turns = context_.turns.claim(1, context_.clock.now());
  if (turns.empty()) return std::nullopt;
  return std::move(turns.front());
}

TurnResult Coordinator::finish(const std::string& turn_id, const std::string& token,
                               const AgentAnswer& answer) {
  const auto finished = context_.turns.finish(turn_id, token, answer, context_.clock.now());
  hooks_.turn_finished(finished.outcome);
  if (finished.reply && !finished.reply_is_repeated) hooks_.reply_queued();
  if (agent_ != nullptr) wake();
  return finished;
}

std::size_t Coordinator::recover_expired() {
  const std::size_t recovered = context_.turns.recover_expired(context_.clock.now());
  if (recovered > 0)
    logging::warning(
        fmt::format("Turn leases expired without an answer: {}; these attempts count as failed", recovered));
  return recovered;
}

void Coordinator::wake() {
  {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
  }
  wake_up_.notify_one();
}

void Coordinator::run(const std::stop_token& stop) {
  next_sweep_ = steady_clock::now() + kSweepInterval;
  next_renewal_ = steady_clock::now() + renewal_interval(config_.turn_lease);
  while (!stop.stop_requested()) {
    const Deadline sleep_until = tick_or_retry();
    std::unique_lock lock(mutex_);
    wake_up_.wait_until(lock, stop, sleep_until, [this] { return is_woken_; });
    is_woken_ = false;
  }
}

Coordinator::Deadline Coordinator::tick_or_retry() {
  try {
    return tick();
  } catch (const std::exception& failure) {
    logging::error(fmt::format("Coordinator loop failed; retrying: {}", failure.what()));
  }
  return steady_clock::now() + kMaxPollInterval;
}

// Returns when the next tick is due.
Coordinator::Deadline Coordinator::tick() {
  const auto now = steady_clock::now();
  if (now >= next_renewal_) {
    next_renewal_ = now + renewal_interval(config_.turn_lease);
    renew_leases();
  }
  if (now >= next_sweep_) {
    next_sweep_ = now + kSweepInterval;
    sweep();
  }
  auto next = std::min({next_sweep_, next_renewal_, now + kMaxPollInterval});
  if (agent_ == nullptr) return next;
  push_due_turns();
  if (const auto due_at = context_.turns.next_turn_at()) {
    next = std::min(
        next, now + std::clamp<Duration>(*due_at - context_.clock.now(), kMinPollInterval, kMaxPollInterval));
  }
  return next;
}

void Coordinator::push_due_turns() {
  std::size_t room = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto most = static_cast<std::size_t>(config_.max_concurrent_contacts);
    room = most - std::min(most, in_process_.size());  // attempts that were unlocked still occupy workers
  }
  if (room == 0) return;
  for (Turn& turn : context_.turns.claim(room, context_.clock.now())) start_turn(std::move(turn));
}

void Coordinator::sweep() {
  recover_expired();
  const auto stats = context_.contacts.stats(context_.clock.now());
  const auto threshold = static_cast<std::size_t>(config_.emergency_threshold);
  if (stats.contacts_waiting <= threshold) return;
  logging::warning(fmt::format("Contacts waiting for an agent: {}, more than EMERGENCY_THRESHOLD={}",
                               stats.contacts_waiting, threshold));
  if (!config_.emergency_flush) return;
  const auto flushed = context_.contacts.flush_all(context_.clock.now());
  logging::warning(fmt::format("Emergency flush removed {} messages of {} contacts from their queues",
                               flushed.messages, flushed.contacts));
}

void Coordinator::renew_leases() {
  std::map<std::string, std::string> in_process;
  {
    const std::lock_guard lock(mutex_);
    in_process = in_process_;
  }
  for (const auto& [token, turn] : in_process) context_.turns.renew(turn, token, context_.clock.now());
}

void Coordinator::start_turn(Turn turn) {
  const std::lock_guard lock(mutex_);
  in_process_[turn.token] = turn.id;
  started_.push_back(std::move(turn));
  if (started_.size() > idle_workers_)
    workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  turn_started_.notify_one();
}

void Coordinator::work(const std::stop_token& stop) {
  while (true) {
    Turn turn;
    {
      std::unique_lock lock(mutex_);
      ++idle_workers_;
      turn_started_.wait(lock, stop, [this] { return !started_.empty(); });
      --idle_workers_;
      if (started_.empty()) return;  // stopped; turns that were started before are still processed
      turn = std::move(started_.front());
      started_.pop_front();
    }
    process(turn);
    {
      const std::lock_guard lock(mutex_);
      in_process_.erase(turn.token);
    }
    turn_ended_.notify_all();
    wake();
  }
}

void Coordinator::process(const Turn& turn) {
  const auto started_at = steady_clock::now();
  const AgentAnswer answer = ask(*agent_, turn);
  hooks_.agent_answered(steady_clock::now() - started_at);
  try {
    if (!answer.success && is_interrupting_) return return_to_queue(turn);
    const auto finished = finish_durably(turn, answer);
    if (!answer.success) {
      logging::warning(fmt::format("Agent failed on turn {} of user {}, attempt {}: {}", turn.id,
                                   mask_user_id(turn.user), turn.attempt, answer.error));
    } else if (finished.outcome == TurnOutcome::stale) {
      logging::warning(fmt::format("Late answer to turn {} discarded: another attempt has started", turn.id));
    }
  } catch (const std::exception& failure) {
    logging::error(fmt::format("Recording the answer to turn {} failed; the turn will be retried: {}",
                               turn.id, failure.what()));
  }
}

void Coordinator::return_to_queue(const Turn& turn) {
  context_.turns.release(turn.id, turn.token, context_.clock.now());
  logging::info(fmt::format("Returned turn {} of user {} to the queue: the stop interrupted the agent",
                            turn.id, mask_user_id(turn.user)));
}

// Recording is idempotent, so it is repeated while the database is unavailable or the outcome is unknown.
TurnResult Coordinator::finish_durably(const Turn& turn, const AgentAnswer& answer) {
  const auto deadline = steady_clock::now() + kMaxRecordingTime;
  while (true) {
    try {
      return finish(turn.id, turn.token, answer);
    } catch (const storage::Unavailable&) {
      if (is_stopping_ || steady_clock::now() >= deadline) throw;
    } catch (const storage::BadData& failure) {
      const AgentAnswer unusable{.success = false, .response = "", .error = failure.what(), .agent = ""};
      return finish(turn.id, turn.token, unusable);
    }
    std::this_thread::sleep_for(std::chrono::seconds{1});
  }
}

}  // namespace orchestrator::inbound
