#include "support/eventually.hpp"

#include <thread>

#include "support/sanitizers.hpp"

namespace orchestrator::support {

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds interval{5};
  const auto deadline = std::chrono::steady_clock::now() + limit * kSlowness;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(interval);
  }
  return true;
}

}  // namespace orchestrator::support
