#include "delivery/delivery.hpp"

#include <fmt/format.h>

#include "logging/logging.hpp"

namespace orchestrator {
namespace {

// Few, so that little is in doubt after a crash; all are sent well within the lease.
constexpr std::size_t kBatchMessages = 100;
constexpr std::chrono::seconds kLease{60};

// How late a row that another instance wrote, or a lease that ran out, may be noticed.
constexpr std::chrono::milliseconds kPoll{1000};

}  // namespace

Delivery::Delivery(Context context)
    : context_(std::move(context)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Delivery::~Delivery() {
  thread_.request_stop();
  thread_.join();
}

void Delivery::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_up_.notify_one();
}

void Delivery::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      if (const auto unknown = context_.store.expire_leases(context_.clock.now()); unknown > 0) {
        log_warning(
            fmt::format("{} messages were being sent when an instance died: status unknown", unknown));
      }
      while (!stop.stop_requested() && deliver_batch()) {
      }
    } catch (const std::exception& failure) {
      log_error(fmt::format("Delivery failed, trying again: {}", failure.what()));
    }
    std::unique_lock lock(mutex_);
    wake_up_.wait_for(lock, stop, kPoll, [this] { return woken_; });
    woken_ = false;
  }
}

// Whether there may be more.
bool Delivery::deliver_batch() {
  const Instant now = context_.clock.now();
  const storage::DeliveryLease lease{context_.ids.next(now).value, now + kLease};
  const auto messages = context_.store.claim(lease, context_.sender.provider(), kBatchMessages);
  std::vector<storage::DeliveryStore::Result> results;
  for (const OutgoingMessage& message : messages) {
    results.push_back({message.id, message.user, send(message)});
  }
  if (!results.empty()) context_.store.record(lease, results, context_.clock.now());
  for (const auto& result : results) context_.delivered(result.outcome.kind);
  return messages.size() == kBatchMessages;
}

SendOutcome Delivery::send(const OutgoingMessage& message) {
  SendOutcome outcome;
  try {
    outcome = context_.sender.send(message);
  } catch (const std::exception& failure) {
    outcome = {SendOutcome::Kind::unknown, {}, "sender_failed"};
    log_error(fmt::format("Sending message {} failed, its outcome is unknown: {}", message.id.value,
                          failure.what()));
  }
  if (outcome.kind == SendOutcome::Kind::accepted) {
    log_info(fmt::format("Successfully delivered message {}", message.id.value));
  }
  return outcome;
}

}  // namespace orchestrator
