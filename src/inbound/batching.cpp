#include "inbound/batching.hpp"

#include <algorithm>

namespace orchestrator::inbound {

Duration retry_delay(int attempt) { return std::chrono::seconds{1 << std::clamp(attempt - 1, 0, 10)}; }

}  // namespace orchestrator::inbound
