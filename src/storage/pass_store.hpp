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

  // One transaction: claims up to `limit` users that are due at `due_by`, calls `decide` for each, and stores
  // the decisions. Users that another transaction has locked are skipped. After an exception nothing is
  // stored. The clock is read after the users are locked, so that `now` is later than anything the previous
  // holder did.
  using Decide = std::function<UserUpdate(ClaimedUser&, Instant now)>;
  struct BatchResult {
    std::size_t users = 0;
    std::size_t cancelled = 0;  // messages of opted-out users
  };
  // `first`: becomes the first of the claimed users, also if an exception follows.
  BatchResult process_batch(Lane lane, Instant due_by, const Clock& clock, std::size_t limit,
                            const Decide& decide, std::optional<UserId>* first = nullptr);

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
