// Takes promoted messages to a Sender: lease, send, record. The lease is committed before the sending begins
// and the outcome after it, so no transaction is open meanwhile, and a crash in between leaves a message that
// is known to be in doubt. What is in doubt is looked into, and never sent again blindly.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "orchestrator/clock.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/delivery_store.hpp"

namespace orchestrator::delivery {

// Safe for concurrent use. Runs from construction to destruction, with a thread that speaks to the database
// and as many as messages may be in flight. The destructor gives those in flight a few seconds, then has
// them abandoned: their fate is recorded as unknown. What the context refers to must outlive it.
class Delivery {
 public:
  struct Attempt {
    std::string outcome;                   // accepted, retried, permanent, unknown
    std::chrono::duration<double> took{};  // the sender, seconds
  };

  struct Context {
    storage::DeliveryStore& store;
    Sender& sender;
    const Clock& clock;
    UuidV7Source& ids;
    const RuleDefaults& rules;
    UnknownPolicy unknown_policy = UnknownPolicy::hold;
    std::size_t concurrency = 1;
    std::int64_t messages_per_second = 0;                // over all instances; 0: no limit
    std::function<void(const Attempt&)> attempted;       // after each; from one thread
    std::function<void(std::size_t)> in_flight_is = {};  // whenever it may have changed; from one thread
  };

  explicit Delivery(Context context);
  ~Delivery();

  // Something may be pending.
  void wake();

 private:
  // Work for a thread of its own: a message to be sent under a lease, or one to be asked about.
  struct Task {
    OutgoingMessage message;
    std::optional<DeliveryLease> lease = {};  // none: the message is asked about
    int look_ups = 0;
  };
  struct Done {
    Task task;
    SendOutcome outcome = {};
    LookUpResult look_up = {};
    std::chrono::duration<double> took{};
    bool is_held = false;  // somebody held its row when it was to be stored
  };

  void dispatch_all(const std::stop_token& stop);
  bool dispatch();
  void give_back_what_is_in_doubt(Instant now);
  bool claim(std::size_t slots);
  std::size_t slots_for_questions();
  std::size_t look_into_unsettled(std::size_t slots);
  std::size_t free_slots();
  void hand_out(Task task);
  void wait(const std::stop_token& stop, bool had_trouble);
  void finish();

  void record_all();
  void store_opt_outs();
  void record_attempts();
  void settle(const Done& done);
  AttemptResult result_of(const Done& done, Instant now) const;

  void work(const std::stop_token& stop);
  Done perform(const Task& task);

  const Context context_;
  std::stop_source abandon_;  // of what is in flight
  std::mutex mutex_;          // guards the four below
  std::deque<Task> tasks_;
  std::vector<Done> done_;
  std::size_t in_flight_ = 0;  // tasks handed out, and not yet taken from done_
  bool woken_ = false;
  std::condition_variable_any wake_up_;    // the dispatcher
  std::condition_variable_any more_work_;  // the workers

  // Of the dispatcher's thread.
  std::vector<Done> unrecorded_;  // attempts
  std::vector<Done> unsettled_;   // answers to questions
  std::set<UserId> opt_outs_;     // at the provider, not yet stored here
  std::chrono::steady_clock::time_point opt_outs_again_at_{};
  std::vector<DeliveryLease> in_doubt_;  // of claims of which nobody knows whether they were made
  std::size_t open_questions_ = 0;       // messages that are being asked about, until they are settled
  bool sends_next_ = false;              // of a single thread: it asked last
  std::optional<Instant> throttled_until_;

  std::vector<std::jthread> workers_;
  std::jthread dispatcher_;  // last: it uses all of the above
};

}  // namespace orchestrator::delivery
