// Posts urgent and high messages as the service does: they may be promoted in the call that stores them.
#pragma once

#include <functional>

#include "model/simulated_user.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/queue_store.hpp"
#include "support/sql.hpp"

namespace orchestrator::model {

class Poster {
 public:
  // `ignores_versions` plants a bug: a promotion is carried out whatever was written since its decision.
  Poster(storage::QueueStore& queue, UuidV7Source& ids, const RuleDefaults& rules, support::Sql& sql,
         bool ignores_versions)
      : queue_(queue), ids_(ids), rules_(rules), sql_(sql), ignores_versions_(ignores_versions) {}

  // Stores `message`, whose id it sets, and gives it to the user. `others_write` runs between the decision
  // and the call that stores. Returns whether the message was promoted at once.
  bool post(SimulatedUser& user, Message message, Instant now, const std::function<void()>& others_write);

 private:
  storage::QueueStore& queue_;
  UuidV7Source& ids_;
  const RuleDefaults& rules_;
  support::Sql& sql_;
  const bool ignores_versions_;
};

}  // namespace orchestrator::model
