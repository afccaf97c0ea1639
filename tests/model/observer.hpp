// Reads what the program wrote: each change of a message's status in the order of writing, each promoted
// message, and each next_attempt_at.
#pragma once

#include "model/checker.hpp"
#include "support/sql.hpp"

namespace orchestrator::model {

class Observer {
 public:
  explicit Observer(support::Sql& sql);

  // The changes since the last call, and next_attempt_at of every user.
  Observed observe();

  // Checks that every message has the state that the model expects: none is lost or duplicated.
  void audit(const std::vector<SimulatedUser>& users, Checker& checker, Instant now);

 private:
  support::Sql& sql_;
  std::string last_sent_ = "00000000-0000-0000-0000-000000000000";
};

}  // namespace orchestrator::model
