// What became of messages and turns, in the stable words of the API and the metrics.
#pragma once

#include "orchestrator/inbound.hpp"

namespace orchestrator::inbound {

const char* to_text(Receipt::Kind kind);
const char* to_text(TurnOutcome outcome);

}  // namespace orchestrator::inbound
