// Compares what was acknowledged with what there is. Pure: evidence in, violations out.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "chaos/evidence.hpp"

namespace orchestrator::chaos {

enum class Promise {
  nothing_lost,         // what was acknowledged is there, and ends or waits with a reason
  promoted_once,        // nothing is stored or promoted twice
  sent_once,            // no text is taken by the provider twice
  limits_kept,          // cooldown, hourly and daily limit, quiet hours, opt-out
  order_kept,           // within a person's lane, within a sequence, on the way to the provider, in turns
  everything_explained  // whatever became of a message has a reason that somebody gave
};
inline constexpr std::array kPromises = {Promise::nothing_lost, Promise::promoted_once,
                                         Promise::sent_once,    Promise::limits_kept,
                                         Promise::order_kept,   Promise::everything_explained};

std::string to_text(Promise promise);

struct Violation {
  Promise promise;
  std::string what;
};

using Violations = std::vector<Violation>;

Violations check(const Evidence& evidence);

// Its parts.
void check_queue(const Evidence& evidence, Violations& violations);
void check_deliveries(const Evidence& evidence, Violations& violations);
void check_limits(const Evidence& evidence, Violations& violations);
void check_order(const Evidence& evidence, Violations& violations);
void check_inbound(const Evidence& evidence, Violations& violations);
void check_people(const Evidence& evidence, Violations& violations);

int count(const Violations& violations, Promise promise);

}  // namespace orchestrator::chaos
