// Brings people's messages to their agent: in order, one turn at a time for each person.
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
#include "orchestrator/ports.hpp"
#include "storage/contact_store.hpp"
#include "storage/inbound_store.hpp"
#include "storage/turn_store.hpp"

namespace orchestrator::inbound {

// The rules as the stores know them: those of `config`, with the pure functions of this room and of policy.
InboundRules rules_of(const InboundConfig& config, const RuleDefaults& defaults);

// What others are told. Called from any thread, outside any transaction.
struct CoordinatorHooks {
  std::function<void()> messages_freed = [] {};  // what quiet hours held may go
  std::function<void()> reply_waits = [] {};     // in `messages`
  std::function<void(Receipt::Kind)> received = [](Receipt::Kind) {};
  std::function<void(TurnOutcome)> answered = [](TurnOutcome) {};
  std::function<void(std::chrono::duration<double>)> agent_took = [](std::chrono::duration<double>) {};
};

// Safe for concurrent use. What it is given must outlive it. Its threads: a loop that claims turns for
// `agent`, renews leases and takes up what others left; and up to max_concurrent_contacts that wait for the
// agent.
class Coordinator {
 public:
  struct Context {
    storage::InboundStore& inbound;
    storage::TurnStore& turns;
    storage::ContactStore& contacts;
    const Clock& clock;
  };

  // `agent` null: agents fetch their turns. Otherwise turns are brought to it.
  Coordinator(Context context, const InboundConfig& config, AgentProcessor* agent, CoordinatorHooks hooks);
  // Waits for the agent's answers that are under way.
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  // Durable when it returns. Throws what storage/errors.hpp lists.
  std::vector<Receipt> receive(std::vector<IncomingMessage> messages);

  // For agents that fetch. Nothing: no turn is due, or as many are in process as may be.
  std::optional<Turn> claim();
  TurnResult finish(const std::string& turn_id, const std::string& token, const AgentAnswer& answer);

  // Ends the tries whose lease has run out; returns how many.
  std::size_t recover_expired();

  // Brings no more turns to the agent, and waits up to `grace` for the answers that are under way. Tries that
  // fail later are taken to be cut short by the stop: they do not count, and others take them up at once.
  void drain(std::chrono::milliseconds grace);

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  void run(const std::stop_token& stop);
  Deadline tick_or_retry();
  Deadline tick();
  void claim_for_agent();
  void sweep();
  void renew_leases();
  void hand_to_worker(Turn turn);
  void work(const std::stop_token& stop);
  void process(const Turn& turn);
  TurnResult finish_durably(const Turn& turn, const AgentAnswer& answer);
  void give_back(const Turn& turn);
  void wake();

  const Context context_;
  const InboundConfig config_;
  AgentProcessor* const agent_;
  const CoordinatorHooks hooks_;

  std::mutex mutex_;  // guards what follows, up to the blank line
  std::condition_variable_any wake_up_;
  std::condition_variable_any turn_arrived_;
  std::condition_variable_any turn_ended_;
  bool woken_ = false;
  std::deque<Turn> handed_;
  std::map<std::string, std::string> in_process_;  // token → turn: a turn may be here with two tries
  std::size_t idle_ = 0;
  std::vector<std::jthread> workers_;

  std::atomic<bool> stopping_ = false;
  std::atomic<bool> interrupted_ = false;  // agents are being told to stop
  Deadline next_sweep_ = {};
  Deadline next_renewal_ = {};
  std::jthread loop_;  // last: it uses all of the above
};

}  // namespace orchestrator::inbound
