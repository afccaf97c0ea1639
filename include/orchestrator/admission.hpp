// How a request to schedule a message is accepted or refused: what ingest submits, and the decision. Values
// only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/messages.hpp"

namespace orchestrator {

// A request with the ids of the messages that it will become. The caller generates the ids, so that
// repeating the insert after a lost answer changes nothing.
struct Submission {
  std::vector<MessageId> ids;  // one for each part
  ScheduleRequest request;

  const MessageId& id() const { return ids.front(); }
};

// The decision on a submission.
struct Admission {
  enum class Kind { store, locked, unknown_user, replayed, duplicate, key_reused, queue_full };
  Kind kind = Kind::store;
  MessageId earlier = {};  // replayed, duplicate: the message that the answer names
  Instant earlier_scheduled_for = {};
};

}  // namespace orchestrator
