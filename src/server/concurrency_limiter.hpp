// Limits concurrent expensive requests: a few run, some wait for a permit, all others are refused.
#pragma once

#include <cstddef>
#include <semaphore>

#include "server/quota.hpp"

namespace orchestrator::server {

// Safe for concurrent use.
class ConcurrencyLimiter {
 public:
  // At most `running` permits are granted at a time; at most `running_and_waiting` callers hold or await one.
  ConcurrencyLimiter(std::ptrdiff_t running, std::size_t running_and_waiting)
      : places_(running_and_waiting), permits_(running) {}

  // Waits for a permit unless too many callers wait already; releases it on destruction.
  class Permit {
   public:
    explicit Permit(ConcurrencyLimiter& limiter) : limiter_(limiter), place_(limiter.places_) {
      is_granted_ = place_.resize(1);
      if (is_granted_) limiter_.permits_.acquire();
    }
    ~Permit() {
      if (is_granted_) limiter_.permits_.release();
    }
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;

    bool is_granted() const { return is_granted_; }

   private:
    ConcurrencyLimiter& limiter_;
    Reservation place_;
    bool is_granted_ = false;
  };

 private:
  Quota places_;
  std::counting_semaphore<> permits_;
};

}  // namespace orchestrator::server
