// What became of messages and turns, in the stable words of the API and the metrics.
#pragma once

#include "orchestrator/inbound.hpp"
#include "storage/turn_store.hpp"

namespace orchestrator::inbound {

const char* to_text(Receipt::Kind kind);
const char* to_text(storage::TurnOutcome outcome);

}  // namespace orchestrator::inbound
