// How an attempt of a turn ends, for the stores that end one. Only src/storage/*.cpp include this.
#pragma once

#include "storage/contact_rows.hpp"
#include "storage/turn_store.hpp"

namespace orchestrator::storage {

// A locked contact and its turn's attempt.
struct LockedTurn {
  LockedContact contact;
  int attempt = 0;
  Instant taken_at;
  std::optional<UserFacts> facts;  // if the turn is locked for a reply
};
LockedTurn turn_from(const pqxx::row& row);

// The turns that one transaction ends. Every call needs the contact to be locked.
class TurnRows {
 public:
  TurnRows(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids, Instant now)
      : transaction_(transaction), rules_(rules), ids_(ids), now_(now) {}

  // `turn`: locked for a reply if the answer has one.
  TurnResult complete(const LockedTurn& turn, const AgentAnswer& answer);

  // `action` is the log's action_type if another attempt follows.
  TurnResult fail(const LockedTurn& turn, const std::string& error, const std::string& action);

  // Ends the attempts of up to `limit` contacts whose lease has expired. Returns their number.
  std::size_t recover_expired(std::size_t limit);

  // Ends the attempt in process, if there is one, so that the turn is claimed again at once.
  bool unlock(const LockedContact& contact);

  // Ends the attempt in process as if it had not begun.
  void release(const LockedContact& contact);

  // Writes the log and the counters of the attempts that another attempt follows. Call it last.
  void finish();

 private:
  // What ends a turn.
  struct Ending {
    const char* status;
    std::optional<std::string> error;
    std::string role;   // of the reply's sender
    std::string reply;  // empty: none
    std::string action;
    nlohmann::json output = nlohmann::json::object();
  };
  void close(const LockedTurn& turn, const Ending& ending, TurnResult& result);
  std::int64_t took_ms(const LockedTurn& turn) const;
  void log(const std::string& action, const LockedContact& contact, nlohmann::json output,
           std::optional<std::string> error = {}, std::optional<std::int64_t> latency_ms = {});

  Transaction& transaction_;
  const InboundRules& rules_;
  UuidV7Source& ids_;
  const Instant now_;
  std::vector<CoordinatorAction> actions_;
  InboundCounts counts_;
};

}  // namespace orchestrator::storage
