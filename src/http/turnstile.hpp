// For requests that need much memory: lets a few at a time through, some wait, more are sent away.
#pragma once

#include <cstddef>
#include <semaphore>

#include "http/budget.hpp"

namespace orchestrator::http {

// Safe for concurrent use.
class Turnstile {
 public:
  Turnstile(std::ptrdiff_t at_a_time, std::size_t with_those_who_wait)
      : places_(with_those_who_wait), turns_(at_a_time) {}

  // One request's turn, which ends with this.
  class Turn {
   public:
    explicit Turn(Turnstile& turnstile) : turnstile_(turnstile), place_(turnstile.places_) {
      has_place_ = place_.resize(1);
      if (has_place_) turnstile_.turns_.acquire();
    }
    ~Turn() {
      if (has_place_) turnstile_.turns_.release();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    bool has_come() const { return has_place_; }  // false: too many wait already

   private:
    Turnstile& turnstile_;
    Share place_;
    bool has_place_ = false;
  };

 private:
  Budget places_;
  std::counting_semaphore<> turns_;
};

}  // namespace orchestrator::http
