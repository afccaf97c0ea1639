// Compares what was acknowledged with what the tables contain. Pure: evidence in, violations out.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "chaos/evidence.hpp"

namespace orchestrator::chaos {

enum class Invariant {
  nothing_lost,         // every acknowledged message is stored, and is finished or waits with a reason
  promoted_once,        // no message is stored or promoted twice
  sent_once,            // the provider accepts no text twice
  limits_kept,          // cooldown, hourly and daily limit, quiet hours, opt-out
  order_kept,           // within a person's lane, a sequence, delivery, and turns
  everything_explained  // every final state of a message has a cause in the history
};
inline constexpr std::array kInvariants = {Invariant::nothing_lost, Invariant::promoted_once,
                                           Invariant::sent_once,    Invariant::limits_kept,
                                           Invariant::order_kept,   Invariant::everything_explained};

std::string to_text(Invariant invariant);

struct Violation {
  Invariant invariant;
  std::string what;
};

using Violations = std::vector<Violation>;

Violations check(const Evidence& evidence);

// The parts of check().
void check_queue(const Evidence& evidence, Violations& violations);
void check_deliveries(const Evidence& evidence, Violations& violations);
void check_limits(const Evidence& evidence, Violations& violations);
void check_order(const Evidence& evidence, Violations& violations);
void check_inbound(const Evidence& evidence, Violations& violations);
void check_people(const Evidence& evidence, Violations& violations);

int count(const Violations& violations, Invariant invariant);

}  // namespace orchestrator::chaos
