// A limit on a resource that all connections share, such as buffer memory.
#pragma once

#include <atomic>
#include <cstddef>

namespace orchestrator::server {

// An amount (of connections or bytes) that can be reserved. Safe for concurrent use.
class Quota {
 public:
  explicit Quota(std::size_t total) : available_(total) {}

  // False, without effect, when less than `amount` is available.
  bool reserve(std::size_t amount) {
    std::size_t available = available_.load();
    while (available >= amount) {
      if (available_.compare_exchange_weak(available, available - amount)) return true;
    }
    return false;
  }
  void release(std::size_t amount) { available_ += amount; }

 private:
  std::atomic<std::size_t> available_;
};

// The part of a quota that one owner has reserved; released on destruction. The quota must outlive it. Used
// by one thread at a time.
class Reservation {
 public:
  explicit Reservation(Quota& quota) : quota_(quota) {}
  ~Reservation() { quota_.release(reserved_); }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;

  // False, without effect, when the quota does not have that much available.
  bool resize(std::size_t amount) {
    if (amount > reserved_ && !quota_.reserve(amount - reserved_)) return false;
    if (amount < reserved_) quota_.release(reserved_ - amount);
    reserved_ = amount;
    return true;
  }

 private:
  Quota& quota_;
  std::size_t reserved_ = 0;
};

}  // namespace orchestrator::server
