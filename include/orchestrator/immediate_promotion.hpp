// An urgent or high message that is promoted in the call that stores it: what storage reads, and what ingest
// decides. Values only.
#pragma once

#include <string>

#include "orchestrator/plan.hpp"

namespace orchestrator {

// A user as it is stored, read without a lock.
struct UserState {
  UserFacts facts = {};
  UserQueue queue = {};  // sequences without their parts
  // Of the user's row of user_message_budget. It changes with everything that lets a message of the user be
  // sent sooner, or forbids it.
  std::string version = {};
};

// Is carried out only if the user's row still has this version when it is locked; otherwise the message waits
// for a pass.
struct ImmediatePromotion {
  std::string user_version;
  UserUpdate update;  // promotes one message and does nothing else
};

}  // namespace orchestrator
