#pragma once

#include "orchestrator/rules.hpp"

namespace orchestrator::policy {

bool is_expired(Instant now, const QueuedMessage& message);

}  // namespace orchestrator::policy
