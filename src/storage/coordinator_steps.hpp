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

// `shard_of`: only contacts in the shard of this user.
std::vector<Turn> claim_turns(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
                              std::size_t limit, Instant now, const std::optional<UserId>& shard_of = {});

TurnResult finish_turn(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
                       const std::string& turn_id, const std::string& token, const AgentAnswer& answer,
                       Instant now);

}  // namespace orchestrator::storage
