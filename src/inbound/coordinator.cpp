#include "inbound/coordinator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "inbound/batching.hpp"
#include "inbound/consent.hpp"
#include "logging/logging.hpp"
#include "policy/counters.hpp"
#include "storage/errors.hpp"

namespace orchestrator::inbound {
namespace {

using std::chrono::steady_clock;

// How late a message that another instance took in may be noticed, and how soon a full house is looked at
// again.
constexpr std::chrono::milliseconds kPoll{1000};
constexpr std::chrono::milliseconds kSoon{50};

constexpr std::chrono::seconds kBetweenSweeps{30};

// For so long an answer is kept while the database is away. Then its turn is tried again.
constexpr std::chrono::seconds kKeepAnswer{60};

AgentAnswer ask(AgentProcessor& agent, const Turn& turn) {
  try {
    return agent.process(turn);
  } catch (const std::exception& failure) {
    return {.success = false, .response = "", .error = failure.what(), .agent = ""};
  } catch (...) {
    return {.success = false, .response = "", .error = "the agent failed without saying why", .agent = ""};
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
  rules.next_turn_at = next_turn_at;
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
      agent_(agent),
      hooks_(std::move(hooks)),
      loop_([this](const std::stop_token& stop) { run(stop); }) {}

Coordinator::~Coordinator() {
  drain(std::chrono::milliseconds{0});
  for (std::jthread& worker : workers_) worker.request_stop();
  for (std::jthread& worker : workers_) worker.join();
}

void Coordinator::drain(std::chrono::milliseconds grace) {
  stopping_ = true;
  loop_.request_stop();
  if (loop_.joinable()) loop_.join();
  std::unique_lock lock(mutex_);
  interrupted_ = !turn_ended_.wait_for(lock, grace, [this] { return in_process_.empty(); });
}

std::vector<Receipt> Coordinator::receive(std::vector<IncomingMessage> messages) {
  std::vector<Arrival> arrivals;
  for (IncomingMessage& message : messages) {
    const auto consent = message.type == "text" ? consent_of(message.text) : Arrival::Consent::none;
    arrivals.push_back({consent, std::move(message)});
  }
  auto receipts = context_.inbound.receive(arrivals, context_.clock.now());
  const auto is_confirmed = [](const Receipt& receipt) {
    return receipt.kind == Receipt::Kind::opted_out || receipt.kind == Receipt::Kind::opted_in;
  };
  for (const Receipt& receipt : receipts) hooks_.received(receipt.kind);
  if (std::ranges::any_of(receipts, &Receipt::wakes_queue)) hooks_.messages_freed();
  if (std::ranges::any_of(receipts, is_confirmed)) hooks_.reply_waits();
  if (agent_ != nullptr) wake();
  return receipts;
}

std::optional<Turn> Coordinator::claim() {
  auto turns = context_.turns.claim(1, context_.clock.now());
  if (turns.empty()) return std::nullopt;
  return std::move(turns.front());
}

TurnResult Coordinator::finish(const std::string& turn_id, const std::string& token,
                               const AgentAnswer& answer) {
  const auto finished = context_.turns.finish(turn_id, token, answer, context_.clock.now());
  hooks_.answered(finished.outcome);
  if (finished.reply && !finished.reply_is_repeated) hooks_.reply_waits();
  if (agent_ != nullptr) wake();
  return finished;
}

std::size_t Coordinator::recover_expired() {
  const std::size_t recovered = context_.turns.recover_expired(context_.clock.now());
  if (recovered > 0)
    logging::warning(fmt::format("{} turns had no answer before their lease ran out", recovered));
  return recovered;
}

void Coordinator::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_up_.notify_one();
}

void Coordinator::run(const std::stop_token& stop) {
  next_sweep_ = steady_clock::now() + kBetweenSweeps;
  next_renewal_ = steady_clock::now() + renewal_interval(config_.turn_lease);
  while (!stop.stop_requested()) {
    const Deadline sleep_until = tick_or_retry();
    std::unique_lock lock(mutex_);
    wake_up_.wait_until(lock, stop, sleep_until, [this] { return woken_; });
    woken_ = false;
  }
}

// However a look fails, the next one is a while later.
Coordinator::Deadline Coordinator::tick_or_retry() {
  try {
    return tick();
  } catch (const std::exception& failure) {
    logging::error(fmt::format("Bringing turns to the agent failed, trying again: {}", failure.what()));
  }
  return steady_clock::now() + kPoll;
}

// Returns when to look again.
Coordinator::Deadline Coordinator::tick() {
  const auto now = steady_clock::now();
  if (now >= next_renewal_) {
    next_renewal_ = now + renewal_interval(config_.turn_lease);
    renew_leases();
  }
  if (now >= next_sweep_) {
    next_sweep_ = now + kBetweenSweeps;
    sweep();
  }
  auto look = std::min({next_sweep_, next_renewal_, now + kPoll});
  if (agent_ == nullptr) return look;
  claim_for_agent();
  if (const auto alarm = context_.turns.next_turn_at()) {
    look = std::min(look, now + std::clamp<Duration>(*alarm - context_.clock.now(), kSoon, kPoll));
  }
  return look;
}

void Coordinator::claim_for_agent() {
  std::size_t room = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto most = static_cast<std::size_t>(config_.max_concurrent_contacts);
    room = most - std::min(most, in_process_.size());  // tries that were unlocked still have their workers
  }
  if (room == 0) return;
  for (Turn& turn : context_.turns.claim(room, context_.clock.now())) hand_to_worker(std::move(turn));
}

void Coordinator::sweep() {
  recover_expired();
  const auto stats = context_.contacts.stats(context_.clock.now());
  const auto threshold = static_cast<std::size_t>(config_.emergency_threshold);
  if (stats.contacts_waiting <= threshold) return;
  logging::warning(fmt::format("{} people wait for their agents, more than EMERGENCY_THRESHOLD={}",
                               stats.contacts_waiting, threshold));
  if (!config_.emergency_flush) return;
  const auto flushed = context_.contacts.flush_all(context_.clock.now());
  logging::warning(
      fmt::format("Emergency flush: {} messages of {} people", flushed.messages, flushed.contacts));
}

void Coordinator::renew_leases() {
  std::map<std::string, std::string> in_process;
  {
    const std::lock_guard lock(mutex_);
    in_process = in_process_;
  }
  for (const auto& [token, turn] : in_process) context_.turns.renew(turn, token, context_.clock.now());
}

void Coordinator::hand_to_worker(Turn turn) {
  const std::lock_guard lock(mutex_);
  in_process_[turn.token] = turn.id;
  handed_.push_back(std::move(turn));
  if (handed_.size() > idle_) workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  turn_arrived_.notify_one();
}

void Coordinator::work(const std::stop_token& stop) {
  while (true) {
    Turn turn;
    {
      std::unique_lock lock(mutex_);
      ++idle_;
      turn_arrived_.wait(lock, stop, [this] { return !handed_.empty(); });
      --idle_;
      if (handed_.empty()) return;  // stopped; what was handed over before is still answered
      turn = std::move(handed_.front());
      handed_.pop_front();
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
  const auto began = steady_clock::now();
  const AgentAnswer answer = ask(*agent_, turn);
  hooks_.agent_took(steady_clock::now() - began);
  try {
    if (!answer.success && interrupted_) return give_back(turn);
    const auto finished = finish_durably(turn, answer);
    if (!answer.success) {
      logging::warning(fmt::format("Turn {} of user {}, try {}: the agent failed: {}", turn.id,
                                   mask_user_id(turn.user), turn.attempt, answer.error));
    } else if (finished.outcome == TurnOutcome::stale) {
      logging::warning(fmt::format("Turn {} was answered too late: another try had begun", turn.id));
    }
  } catch (const std::exception& failure) {
    logging::error(fmt::format("The answer to turn {} could not be recorded, it will be tried again: {}",
                               turn.id, failure.what()));
  }
}

void Coordinator::give_back(const Turn& turn) {
  context_.turns.give_back(turn.id, turn.token, context_.clock.now());
  logging::info(fmt::format("Turn {} of user {} is given back: the agent had no time to answer", turn.id,
                            mask_user_id(turn.user)));
}

// Recording is idempotent, so it is repeated while the database is away or its answer was lost.
TurnResult Coordinator::finish_durably(const Turn& turn, const AgentAnswer& answer) {
  const auto give_up = steady_clock::now() + kKeepAnswer;
  while (true) {
    try {
      return finish(turn.id, turn.token, answer);
    } catch (const storage::Unavailable&) {
      if (stopping_ || steady_clock::now() >= give_up) throw;
    } catch (const storage::BadData& failure) {
      const AgentAnswer unusable{.success = false, .response = "", .error = failure.what(), .agent = ""};
      return finish(turn.id, turn.token, unusable);
    }
    std::this_thread::sleep_for(std::chrono::seconds{1});
  }
}

}  // namespace orchestrator::inbound
