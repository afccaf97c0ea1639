// Waits for another thread or process by a bounded poll: the only place where tests sleep.
#pragma once

#include <chrono>
#include <functional>

namespace orchestrator::support {

// True as soon as the condition holds; false when it does not within the limit (multiplied under a
// sanitizer).
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds limit = std::chrono::seconds{10});

}  // namespace orchestrator::support
