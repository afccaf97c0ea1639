// Reads what the program did: every change of a message's status in the order of writing, every message that
// crossed, every alarm.
#pragma once

#include "model/checker.hpp"
#include "support/sql.hpp"

namespace orchestrator::model {

class Observer {
 public:
  explicit Observer(support::Sql& sql);

  // What is new since the last call, and all alarms.
  Observed observe();

  // Nothing lost, nothing twice: every message is where the model followed it to.
  void audit(const std::vector<Life>& lives, Checker& checker, Instant now);

 private:
  support::Sql& sql_;
  std::string last_sent_ = "00000000-0000-0000-0000-000000000000";
};

}  // namespace orchestrator::model
