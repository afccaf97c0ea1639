// The sender-wide rate, shared by all instances. An instance leases it ahead, for at most a quarter of a
// second, and only for messages that wait; then it claims messages at the pace of its lease.
//
// Over all instances, in any period of T seconds, at most (T + 0.2) × rate + 2 messages are claimed: leases
// do not overlap; within one, messages make up for at most 100 ms in which none was claimed; and a lease may
// be used until 100 ms after its end. An instance that dies takes at most its lease along, and so is lost
// what an instance has leased and does not use: a quarter of a second of the rate, or one message if that is
// more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/delivery_store.hpp"

namespace orchestrator::delivery {

// For one thread. The store must outlive the object.
class SendRate {
 public:
  // messages_per_second: over all instances; 0: no limit.
  SendRate(storage::DeliveryStore& store, std::string provider, std::int64_t messages_per_second);

  // How many of the wanted messages may be claimed now. Leases the rate when the last lease is used up or
  // over. Throws what storage/errors.hpp lists.
  std::size_t allows(std::size_t wanted, Instant now);

  // This many of the allowed messages have been claimed.
  void spend(std::size_t messages);

  // When the next message of the lease is due. None: nothing is left of the lease, or the rate has no limit.
  std::optional<Instant> next_at() const;

 private:
  bool needs_lease(Instant now) const;
  void lease(Instant now);

  storage::DeliveryStore& store_;
  const std::string provider_;
  const bool is_limited_;
  const Duration interval_;  // of one message
  Instant next_ = {};        // when the next message of the lease is due
  Instant ends_at_ = {};     // of the lease
  Instant leased_at_ = {};
  std::size_t left_ = 0;  // messages of the lease
};

}  // namespace orchestrator::delivery
