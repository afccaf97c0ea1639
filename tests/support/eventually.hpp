// Waiting for what happens in another thread or process: a bounded poll, the only one there is.
#pragma once

#include <chrono>
#include <functional>

namespace orchestrator::support {

// True as soon as the condition holds; false when it does not within the limit (several times that under a
// sanitizer).
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds limit = std::chrono::seconds{10});

}  // namespace orchestrator::support
