// The outcome of a step that may refuse a request: a value, or the Rejection.
#pragma once

#include <utility>
#include <variant>

#include "orchestrator/rejection.hpp"

namespace orchestrator {

// Converts implicitly from both, so that a function returns either one as it is. Reading the one that is not
// there is a programmer error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Rejection rejection) : state_(std::in_place_index<1>, std::move(rejection)) {}
  Result(std::variant<T, Rejection> state) : state_(std::move(state)) {}

  explicit operator bool() const { return state_.index() == 0; }

  const T& operator*() const& { return std::get<0>(state_); }
  T& operator*() & { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  const T* operator->() const { return &std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }

  const Rejection& rejection() const { return std::get<1>(state_); }

 private:
  std::variant<T, Rejection> state_;
};

}  // namespace orchestrator
