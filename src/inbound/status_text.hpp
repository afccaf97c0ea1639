// The texts of statuses in the API and the metrics. They are stable.
#pragma once

#include "orchestrator/inbound.hpp"

namespace orchestrator::inbound {

const char* to_text(Receipt::Kind kind);
const char* to_text(TurnOutcome outcome);

}  // namespace orchestrator::inbound
