// The steps of a message through the coordinator, inside the caller's transaction, which must begin with
// kContactTxSettings: the stores run each in its own, the self-test all in one. Only src/storage/*.cpp
// include this.
#pragma once

#include "storage/contact_rows.hpp"
#include "storage/inbound_store.hpp"
#include "storage/turn_store.hpp"

namespace orchestrator::storage {

// `users`: those of all contacts that arrive.
std::vector<Receipt> receive_arrivals(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
                                      const std::vector<Arrival>& arrivals, const UsersOfContacts& users,
                                      Instant now);

struct TurnClaim {
  std::size_t limit = 1;
  bool ends_expired = false;                 // attempts whose lease has expired have been ended before
  std::optional<UserId> only_shard_of = {};  // only turns in the shard of this user, beside the limit
};
struct ClaimedTurns {
  std::vector<Turn> turns;
  bool must_end_expired = false;  // nothing was claimed, because leases have expired
};
ClaimedTurns claim_turns(Transaction& transaction, const InboundRules& rules, const TurnClaim& claim,
                         Instant now);

TurnResult finish_turn(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
                       const std::string& turn_id, const std::string& token, const AgentAnswer& answer,
                       Instant now);

}  // namespace orchestrator::storage
