// What a pass reads and writes: users that are due, their heads of line, and what was decided of them.
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

  // One transaction: locks up to `limit` users that are due at `due_by`, has each decided, stores the
  // decisions. Users that somebody else holds are left to them. On an exception nothing has happened.
  // The clock is read once they are locked, so that `now` is later than whatever the last holder did.
  using Decide = std::function<UserUpdate(ClaimedUser&, Instant now)>;
  struct BatchResult {
    std::size_t users = 0;
    std::size_t cancelled = 0;  // messages of people who have opted out
  };
  BatchResult process_batch(Lane lane, Instant due_by, const Clock& clock, std::size_t limit,
                            const Decide& decide);

  // Puts off this user, or, when it is not known who it is, the one whom a batch of one would take; returns
  // who was put off: nobody whom somebody else holds. For users with data that no pass can store: they must
  // not hold up the others.
  std::optional<UserId> postpone(const std::optional<UserId>& user, Lane lane, Instant due_by, Instant until);

  // Closes up to `limit` waiting messages whose expires_at has come, and the sequences they are part of;
  // returns how many.
  std::size_t expire_overdue(Instant now, std::size_t limit);

  // The earliest alarm among users with urgent or high messages, or who just wrote.
  std::optional<Instant> next_express_alarm();

  // How many users are due, counted up to `most`.
  std::int64_t count_due(Instant now, std::int64_t most);

  // Whether a user is due that the passes so far did not get (because somebody held the row).
  bool anyone_due(Instant now);

  // Remembers under which rules the stored gates were computed. When they were others, every gate is
  // forgotten and `true` returned. Throws Locked, having done nothing, when somebody holds a gate.
  bool adopt_rules(const std::string& fingerprint);

 private:
  Database& database_;
};

}  // namespace orchestrator::storage
