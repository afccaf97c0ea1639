// Takes promoted messages to a Sender: lease, send, record. The lease is committed before the sending begins
// and the outcome after it, so no transaction is open meanwhile, and a crash in between leaves a message that
// is known to be in doubt.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "orchestrator/clock.hpp"
#include "orchestrator/ports.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/delivery_store.hpp"

namespace orchestrator {

// Safe for concurrent use. Runs from construction to destruction; the destructor waits for the messages at
// hand. What the context refers to must outlive it.
class Delivery {
 public:
  struct Context {
    storage::DeliveryStore& store;
    Sender& sender;
    const Clock& clock;
    UuidV7Source& ids;
    std::function<void(SendOutcome::Kind)> delivered;  // called for each message
  };

  explicit Delivery(Context context);
  ~Delivery();

  // Something may be pending.
  void wake();

 private:
  void run(const std::stop_token& stop);
  bool deliver_batch();
  SendOutcome send(const OutgoingMessage& message);

  const Context context_;
  std::mutex mutex_;  // guards woken_
  std::condition_variable_any wake_up_;
  bool woken_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace orchestrator
