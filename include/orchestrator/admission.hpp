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

// A message that an earlier request has become.
struct EarlierMessage {
  enum class State { waiting, with_llm, sent, expired, cancelled };
  QueuedMessage message = {};
  State state = State::waiting;
  std::optional<Reason> reason = {};  // why it is expired or cancelled
};

// The decision on a submission.
struct Admission {
  enum class Kind {
    store,
    promoted,       // stored and promoted at once
    stored_before,  // by a call whose answer was lost
    locked,
    unknown_user,
    replayed,
    duplicate,
    key_reused,
    queue_full,
  };
  Kind kind = Kind::store;
  EarlierMessage earlier = {};  // stored_before, replayed, duplicate: the message that the answer names
  UserFacts facts = {};         // of the user, unless locked or unknown
  bool others_wait = false;     // the user had waiting messages before this call
};

}  // namespace orchestrator
