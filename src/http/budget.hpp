// How much of something all connections together may hold, so that many of them cannot take it all.
#pragma once

#include <atomic>
#include <cstddef>

namespace orchestrator::http {

// Safe for concurrent use.
class Budget {
 public:
  explicit Budget(std::size_t total) : left_(total) {}

  bool take(std::size_t amount) {
    std::size_t left = left_.load();
    while (left >= amount) {
      if (left_.compare_exchange_weak(left, left - amount)) return true;
    }
    return false;
  }
  void give_back(std::size_t amount) { left_ += amount; }

 private:
  std::atomic<std::size_t> left_;
};

// What one owner holds of a budget, which must outlive it. Used by one thread at a time.
class Share {
 public:
  explicit Share(Budget& budget) : budget_(budget) {}
  ~Share() { budget_.give_back(held_); }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  // False, and as before, when the budget does not have so much left.
  bool resize(std::size_t amount) {
    if (amount > held_ && !budget_.take(amount - held_)) return false;
    if (amount < held_) budget_.give_back(held_ - amount);
    held_ = amount;
    return true;
  }

 private:
  Budget& budget_;
  std::size_t held_ = 0;
};

}  // namespace orchestrator::http
