// Everything that is kept, by subject: one object a store, over pools of connections.
#pragma once

#include "inbound/coordinator.hpp"
#include "orchestrator/config.hpp"
#include "storage/contact_store.hpp"
#include "storage/delivery_store.hpp"
#include "storage/event_store.hpp"
#include "storage/inbound_store.hpp"
#include "storage/message_store.hpp"
#include "storage/pass_store.hpp"
#include "storage/queue_store.hpp"
#include "storage/reformulation_store.hpp"
#include "storage/render_store.hpp"
#include "storage/retention_store.hpp"
#include "storage/stats_store.hpp"
#include "storage/turn_store.hpp"
#include "storage/user_store.hpp"

namespace orchestrator::app {

// Connections of the processor, the writers and the sender; those of requests are apart, so that many
// requests cannot keep a pass waiting; and those of people's messages, which wait for rows that somebody
// holds, so that they keep no other request waiting.
inline constexpr std::size_t kWorkConnections = 8;
inline constexpr std::size_t kRequestConnections = 8;
inline constexpr std::size_t kInboundConnections = 4;

struct Stores {
  explicit Stores(const Secret& url)
      : work(url, kWorkConnections), requests(url, kRequestConnections), people(url, kInboundConnections) {}

  storage::Database work;
  storage::Database requests;
  storage::Database people;
  storage::PassStore passes{work};
  storage::QueueStore queue{work};
  storage::DeliveryStore deliveries{work};
  storage::RenderStore renderings{work};
  storage::RetentionStore retention{work};
  storage::UserStore users{requests};
  storage::MessageStore messages{requests};
  storage::DeliveryStore delivery_reports{requests};
  storage::ReformulationStore reformulations{requests};
  storage::StatsStore stats{requests};
  storage::EventStore events{requests};
};

// What people write. Agents and gateways are requests like others.
struct InboundStores {
  InboundStores(Stores& stores, const Config& config, UuidV7Source& ids)
      : rules(inbound::rules_of(config.inbound, config.rules)),
        inbound(stores.people, rules, ids),
        turns(stores.requests, rules, ids),
        contacts(stores.requests, rules, ids) {}

  InboundRules rules;
  storage::InboundStore inbound;
  storage::TurnStore turns;
  storage::ContactStore contacts;
};

}  // namespace orchestrator::app
