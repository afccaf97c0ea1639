// How a request to schedule a message is accepted or refused: what ingest submits, what the database knows of
// it, and the decision. Values only.
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

// What the database knows of a submission, read while the user's row is locked: no other transaction can add
// to it.
struct SubmissionFacts {
  struct Earlier {
    MessageId id;
    Instant scheduled_for;
    std::string request_hash;  // hex; empty for rows written by SQL
  };
  bool user_exists = false;
  bool is_locked = false;               // by another transaction; the fields below are then unset
  std::optional<Earlier> same_key;      // with the same idempotency key
  std::optional<Earlier> same_content;  // since the given instant, and neither cancelled, failed nor replaced
  std::int64_t waiting = 0;             // messages of the user, counted up to the limit
};

// The decision on a submission.
struct Admission {
  enum class Kind { store, locked, unknown_user, replayed, duplicate, key_reused, queue_full };
  Kind kind = Kind::store;
  MessageId earlier = {};  // replayed, duplicate: the message that the answer names
  Instant earlier_scheduled_for = {};
};

}  // namespace orchestrator
