// The coordinator as its operators see it: who waits, what was counted, and the levers for a bad day.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/types.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "storage/database.hpp"
#include "storage/inbound_rules.hpp"

namespace orchestrator::storage {

struct ContactStatus {
  std::string contact_id;
  UserId user;
  std::size_t waiting = 0;
  std::optional<Instant> oldest_waiting_at;
  std::optional<Instant> last_message_at;
  std::optional<Instant> next_turn_at;  // none while nothing waits; of a turn in process, its lease's end
  std::optional<std::string> turn_id;   // the open turn
  int attempt = 0;                      // of it
  bool in_process = false;              // an agent has it now
  std::optional<Instant> taken_at;      // by the agent
};

struct CoordinatorStats {
  Instant since;  // what is counted, is counted since then, by all instances
  std::int64_t received = 0;
  std::int64_t duplicates = 0;
  std::int64_t dropped = 0;
  std::int64_t flushed = 0;
  std::int64_t processed = 0;  // messages of turns that were done
  std::int64_t failed = 0;     // messages of turns that failed
  std::int64_t turns = 0;
  std::int64_t failed_turns = 0;
  std::int64_t errors = 0;    // tries that failed
  std::int64_t timeouts = 0;  // tries whose lease ran out
  std::int64_t processing_ms = 0;

  std::size_t contacts_in_process = 0;  // these are as of now
  std::size_t contacts_waiting = 0;
  std::size_t messages_waiting = 0;
  std::size_t received_last_minute = 0;
};

// What a rehearsal tried, and whether it went as it should.
struct SelfTestStep {
  std::string what;
  bool passed = false;
};

// Safe for concurrent use. What it is given must outlive the store. Throws what storage/errors.hpp lists.
class ContactStore {
 public:
  ContactStore(Database& database, const InboundRules& rules, UuidV7Source& ids)
      : database_(database), rules_(rules), ids_(ids) {}

  CoordinatorStats stats(Instant now);

  // Those with an open turn or messages that wait, the longest lines first.
  std::vector<ContactStatus> busiest(std::size_t limit);

  // Nothing: this person never wrote.
  std::optional<ContactStatus> find(const std::string& contact_id,
                                    const std::optional<std::string>& phone_number);

  // Takes what waits out of line; a turn that an agent has stays with it. Returns how many messages; nothing:
  // this person never wrote.
  std::optional<std::size_t> flush(const std::string& contact_id,
                                   const std::optional<std::string>& phone_number, Instant now);
  struct Flushed {
    std::size_t contacts = 0;
    std::size_t messages = 0;
  };
  Flushed flush_all(Instant now);  // in several transactions

  // Ends the try in process, so that the turn is taken up again at once; the late answer is refused. Returns
  // how many; nothing: this person never wrote.
  std::optional<std::size_t> unlock(const std::string& contact_id,
                                    const std::optional<std::string>& phone_number, Instant now);
  std::size_t unlock_all(Instant now);

  // Takes a made-up contact's messages all the way, and then undoes everything.
  std::vector<SelfTestStep> run_self_test(Instant now);

 private:
  Database& database_;
  const InboundRules& rules_;
  UuidV7Source& ids_;
};

}  // namespace orchestrator::storage
