// How a try of a turn ends, for the stores that end one. Only src/storage/*.cpp include this.
#pragma once

#include "storage/contact_rows.hpp"
#include "storage/turn_store.hpp"

namespace orchestrator::storage {

// One transaction's view of turns. Every call needs the contact's lock.
class TurnRows {
 public:
  TurnRows(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids, Instant now)
      : transaction_(transaction), rules_(rules), ids_(ids), now_(now) {}

  TurnResult complete(const Contact& contact, const AgentAnswer& answer);

  // `action` is what the log calls it when another try follows.
  TurnResult fail(const Contact& contact, const std::string& why, const std::string& action);

  // Ends the tries of up to `limit` contacts whose lease has run out; returns how many.
  std::size_t recover_expired(std::size_t limit);

  // Ends the try in process, if there is one, so that the turn is taken up again at once.
  bool unlock(const Contact& contact);

  // Ends the try in process as if it had not begun.
  void give_back(const Contact& contact);

  // Writes what all of the above have to be written. Last.
  void finish();

 private:
  struct State {
    int attempt = 0;
    Instant taken_at;
  };
  State state_of(const Contact& contact);
  std::int64_t close(const Contact& contact, const char* status, const std::optional<std::string>& error);
  void reply(const Contact& contact, const std::string& role, const std::string& text, TurnResult& finished);
  void note(const std::string& action, const Contact& contact, nlohmann::json output,
            std::optional<std::string> error = {}, std::optional<std::int64_t> latency_ms = {});

  Transaction& transaction_;
  const InboundRules& rules_;
  UuidV7Source& ids_;
  const Instant now_;
  std::vector<CoordinatorAction> actions_;
  InboundCounts counts_;
};

}  // namespace orchestrator::storage
