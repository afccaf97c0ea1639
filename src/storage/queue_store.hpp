// Puts accepted messages into `message_queue`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/messages.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// A request with the identifiers of what it is to become. They are made by the caller, so that a repetition
// after a lost answer changes nothing.
struct Draft {
  std::vector<MessageId> ids;  // one a part
  ScheduleRequest request;

  const MessageId& id() const { return ids.front(); }
};

// What the database knows of a draft, read while the user's row is held: nobody else can add to it.
struct DraftFacts {
  struct Earlier {
    MessageId id;
    Instant scheduled_for;
    std::string request_hash;  // hex; empty for rows written by SQL
  };
  bool user_exists = false;
  bool is_held = false;                 // somebody else has rows of theirs: what follows is not known
  std::optional<Earlier> same_key;      // with the same idempotency key
  std::optional<Earlier> same_content;  // since the given instant, and not given up since
  std::int64_t waiting = 0;             // messages of the user, counted up to the cap
};

// What is to be done with a draft.
struct Admission {
  enum class Kind { store, held, unknown_user, replayed, duplicate, key_reused, queue_full };
  Kind kind = Kind::store;
  MessageId earlier = {};  // replayed, duplicate: the message that is answered with
  Instant earlier_scheduled_for = {};
};

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class QueueStore {
 public:
  explicit QueueStore(Database& database) : database_(database) {}

  struct Scope {
    Instant now;
    Instant duplicates_since;
    std::int64_t max_waiting = 0;  // how far to count
  };
  using Admit = std::function<std::vector<Admission>(const std::vector<DraftFacts>&)>;

  // All in one transaction: locks the users and what is to be replaced, waiting for none, has the drafts
  // judged in order, stores those admitted. A draft whose id is stored already changes nothing. What else a
  // new row sets off is done by the table's triggers.
  std::vector<Admission> insert(const std::vector<const Draft*>& drafts, const Scope& scope,
                                const Admit& admit);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
