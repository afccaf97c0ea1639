// Accepts people's messages and gives them to their agents: in order, one turn at a time per contact.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "orchestrator/clock.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/inbound_rules.hpp"
#include "orchestrator/ports.hpp"
#include "policy/consent.hpp"
#include "storage/contact_store.hpp"
#include "storage/inbound_store.hpp"
#include "storage/turn_store.hpp"

namespace orchestrator::inbound {

// The rules that the stores apply: the limits of `config`, and the pure functions of this room and of policy.
InboundRules rules_of(const InboundConfig& config, const RuleDefaults& defaults);

// Called after the fact, from any thread and outside any transaction.
struct CoordinatorHooks {
  std::function<void()> messages_freed = [] {};  // messages that quiet hours blocked are due now
  std::function<void()> reply_queued = [] {};    // a row in `messages` is pending
  std::function<void(Receipt::Kind)> received = [](Receipt::Kind) {};
  std::function<void(TurnOutcome)> turn_finished = [](TurnOutcome) {};
  std::function<void(std::chrono::duration<double>)> agent_answered = [](std::chrono::duration<double>) {};
};

// Safe for concurrent use. What the constructor is given must outlive it. Owns one loop thread, which claims
// turns for `agent`, renews leases and recovers turns whose lease has expired, and up to
// max_concurrent_contacts worker threads, which wait for the agent's answers.
class Coordinator {
 public:
  struct Context {
    storage::InboundStore& inbound;
    storage::TurnStore& turns;
    storage::ContactStore& contacts;
    const Clock& clock;
  };

  // Turns are pushed to `agent`. When it is null, agents pull their turns with claim().
  Coordinator(Context context, const InboundConfig& config, AgentProcessor* agent, CoordinatorHooks hooks);
  // Waits for the agent's answers to the turns in process.
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  // The messages are stored durably when it returns. Throws what storage/errors.hpp lists.
  std::vector<Receipt> receive(std::vector<IncomingMessage> messages);

  // For agents that pull. Returns nothing when no turn is due or max_concurrent_contacts are in process.
  std::optional<Turn> claim();
  TurnResult finish(const std::string& turn_id, const std::string& token, const AgentAnswer& answer);

  // Ends the attempts whose lease has expired; returns their number.
  std::size_t recover_expired();

  // Stops pushing turns and waits up to `grace` for answers. Attempts that fail later count as interrupted by
  // the stop: they are returned to the queue at once and do not use up an attempt.
  void drain(std::chrono::milliseconds grace);

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  Consent consent_of(const IncomingMessage& message) const;
  void run(const std::stop_token& stop);
  Deadline tick_or_retry();
  Deadline tick();
  void push_due_turns();
  void sweep();
  void renew_leases();
  void start_turn(Turn turn);
  void work(const std::stop_token& stop);
  void process(const Turn& turn);
  TurnResult finish_durably(const Turn& turn, const AgentAnswer& answer);
  void return_to_queue(const Turn& turn);
  void wake();

  const Context context_;
  const InboundConfig config_;
  const policy::ConsentReader consent_words_;
  AgentProcessor* const agent_;
  const CoordinatorHooks hooks_;

  std::mutex mutex_;  // guards what follows, up to the blank line
  std::condition_variable_any wake_up_;
  std::condition_variable_any turn_started_;
  std::condition_variable_any turn_ended_;
  bool is_woken_ = false;
  std::deque<Turn> started_;                       // not yet taken by a worker
  std::map<std::string, std::string> in_process_;  // token → turn id; a turn may have two attempts here
  std::size_t idle_workers_ = 0;
  std::vector<std::jthread> workers_;

  std::atomic<bool> is_stopping_ = false;
  std::atomic<bool> is_interrupting_ = false;  // the grace of drain() has passed; agent calls are being ended
  Deadline next_sweep_ = {};
  Deadline next_renewal_ = {};
  std::jthread loop_;  // last: it uses all of the above
};

}  // namespace orchestrator::inbound
