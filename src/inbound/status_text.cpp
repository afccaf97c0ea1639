#include "inbound/status_text.hpp"

#include <cstdlib>

namespace orchestrator::inbound {

const char* to_text(Receipt::Kind kind) {
  switch (kind) {
    case Receipt::Kind::queued:
      return "queued";
    case Receipt::Kind::duplicate:
      return "duplicate";
    case Receipt::Kind::opted_out:
      return "opted_out";
    case Receipt::Kind::opted_in:
      return "opted_in";
  }
  std::abort();
}

const char* to_text(TurnOutcome outcome) {
  switch (outcome) {
    case TurnOutcome::done:
      return "done";
    case TurnOutcome::retrying:
      return "retrying";
    case TurnOutcome::failed:
      return "failed";
    case TurnOutcome::stale:
      return "stale";
    case TurnOutcome::unknown:
      return "unknown";
  }
  std::abort();
}

}  // namespace orchestrator::inbound
