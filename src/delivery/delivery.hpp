// Sends promoted messages through a Sender in three steps: lease, send, record. The lease is committed before
// the call to the provider and the outcome after it, so no transaction is open during the call. A crash in
// between leaves an expired lease: the outcome is then unknown, the message is looked up at the provider, and
// it is never sent again without a look-up.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "delivery/send_rate.hpp"
#include "orchestrator/clock.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/delivery_store.hpp"

namespace orchestrator::delivery {

// Safe for concurrent use. Runs from construction to destruction: one dispatcher thread uses the database,
// and `concurrency` worker threads call the provider. The destructor waits 4 s for the calls in flight, then
// stops them; their outcome is recorded as unknown. Everything that the context refers to must outlive the
// object.
class Delivery {
 public:
  struct Attempt {
    std::string outcome;                   // accepted, retried, permanent, unknown
    std::chrono::duration<double> took{};  // duration of the call to the sender, in seconds
  };

  struct Context {
    storage::DeliveryStore& store;
    Sender& sender;
    const Clock& clock;
    UuidV7Source& ids;
    const RuleDefaults& rules;
    UnknownPolicy unknown_policy = UnknownPolicy::hold;
    std::size_t concurrency = 1;
    std::int64_t messages_per_second = 0;  // over all instances; 0: no limit
    // Called by the dispatcher thread: after each recorded attempt, and when the number of calls in flight
    // may have changed.
    std::function<void(const Attempt&)> on_attempt;
    std::function<void(std::size_t)> on_in_flight = {};
  };

  explicit Delivery(Context context);
  ~Delivery();

  // Tells the dispatcher that messages may be pending.
  void wake();

 private:
  // One call to the provider: a send under a lease, or a look-up.
  struct ProviderCall {
    OutgoingMessage message;
    std::optional<DeliveryLease> lease = {};  // nothing: a look-up
    int look_ups = 0;                         // of a look-up: its number
  };
  struct FinishedCall {
    ProviderCall call;
    SendOutcome outcome = {};   // of a send
    LookUpResult look_up = {};  // of a look-up
    std::chrono::duration<double> took{};
    bool is_row_locked = false;  // another transaction had locked the row when the outcome was to be recorded
  };

  void run_dispatcher(const std::stop_token& stop);
  bool dispatch();
  void release_uncertain_claims(Instant now);
  void expire_leases(Instant now);
  bool claim_and_send(std::size_t slots);
  std::size_t free_look_up_slots();
  std::size_t claim_and_look_up(std::size_t slots);
  std::size_t free_slots();
  void enqueue(ProviderCall call);
  void wait_for_work(const std::stop_token& stop, bool has_failed);
  void read_schedule(Instant now);
  void shut_down();

  void record_finished_calls();
  void record_opt_outs();
  void record_attempts();
  void settle(const FinishedCall& finished);
  AttemptResult result_of(const FinishedCall& finished, Instant now) const;

  void run_worker(const std::stop_token& stop);
  FinishedCall perform(const ProviderCall& call);

  const Context context_;
  std::stop_source abandon_;  // stops the calls in flight
  std::mutex mutex_;          // guards the next four members
  std::deque<ProviderCall> calls_;
  std::vector<FinishedCall> finished_;
  std::size_t in_flight_ = 0;  // calls that are enqueued, running, or in finished_
  bool woken_ = false;
  std::condition_variable_any wake_dispatcher_;
  std::condition_variable_any wake_workers_;

  // Used by the dispatcher thread only.
  std::vector<FinishedCall> unrecorded_sends_;
  std::vector<FinishedCall> unsettled_look_ups_;
  std::set<UserId> opt_outs_;  // reported by the provider, not yet stored
  std::chrono::steady_clock::time_point next_opt_out_attempt_{};
  std::vector<DeliveryLease> uncertain_claims_;  // the outcome of their COMMIT is unknown
  std::size_t open_look_ups_ = 0;                // enqueued and not yet settled
  bool sends_next_ = false;                      // with a single worker: look-ups and sends alternate
  SendRate rate_;
  std::optional<Instant> throttled_until_;  // the send rate allows the next message then
  // When expired leases and look-ups are due; at first at once.
  DeliverySchedule schedule_{.look_up_at = Instant{}, .expiry_at = Instant{}};
  std::chrono::steady_clock::time_point schedule_read_at_{};

  std::vector<std::jthread> workers_;
  std::jthread dispatcher_;  // last: it uses all members above
};

}  // namespace orchestrator::delivery
