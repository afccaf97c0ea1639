// What a pass reads and writes: users that are due, the heads of their queues, and the decisions about them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/clock.hpp"
#include "orchestrator/plan.hpp"
#include "storage/database.hpp"

namespace orchestrator::storage {

// Safe for concurrent use. The database must outlive the store. Throws what storage/errors.hpp lists.
class PassStore {
 public:
  explicit PassStore(Database& database) : database_(database) {}

  enum class Lane { express, any };

  // Which users a batch claims: up to `limit` of those that are due at `due_by`, from `first_shard` (modulo
  // the number of logical shards) on. A pass begins each batch in the shard after the one where the last
  // batch ended: passes that run at once seldom meet, and the index entries of the users that were processed
  // last are not read again before they can be removed.
  struct Claim {
    Lane lane = Lane::any;
    Instant due_by = {};
    std::size_t limit = 1;
    int first_shard = 0;
  };

  // One transaction: claims users, calls `decide` for each, and stores the decisions. Users that another
  // transaction has locked are skipped. After an exception nothing is stored. The clock is read after the
  // users are locked, so that `now` is later than anything the previous holder did.
  using Decide = std::function<UserUpdate(ClaimedUser&, Instant now)>;
  struct BatchResult {
    std::size_t users = 0;
    std::size_t cancelled = 0;  // messages of opted-out users
    int last_shard = 0;         // of the claimed users
  };
  // `first`: becomes the first of the claimed users, also if an exception follows.
  BatchResult process_batch(const Claim& claim, const Clock& clock, const Decide& decide,
                            std::optional<UserId>* first = nullptr);

  // Postpones this user, if due at `due_by`. False, if another transaction has locked the row. For a user
  // with data that no pass can store, who must not delay the others.
  bool postpone(const UserId& user, Instant due_by, Instant until);

  // Expires up to `limit` waiting messages whose expires_at has passed, and the sequences they are part of.
  // Returns the number of messages.
  std::size_t expire_overdue(Instant now, std::size_t limit);

  // When the next user of the express lane is due.
  std::optional<Instant> next_express_attempt();

  // The number of users that are due, counted up to `limit`.
  std::int64_t count_due(Instant now, std::int64_t limit);

  // Whether a user is due, for example one that a pass skipped because another transaction had locked the
  // row.
  bool is_any_user_due(Instant now);

  // Logs what a full pass did, for dashboards.
  struct Totals {
    std::int64_t promoted = 0;
    std::int64_t deferred = 0;
    std::int64_t expired = 0;
    std::int64_t cancelled = 0;
    std::int64_t failed = 0;
    std::int64_t sent_to_llm = 0;
  };
  void log_full_pass(Instant started_at, Instant ended_at, const Totals& totals);

  // Stores the fingerprint of the rules under which gates (blocked_until) are computed. If another one was
  // stored, clears every gate and returns true. Throws Locked, having changed nothing, when another
  // transaction has locked a user with a gate.
  bool adopt_rules(const std::string& fingerprint);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
