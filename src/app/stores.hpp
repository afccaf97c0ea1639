// The stores, over three pools of database connections.
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

// Connections per pool. The processor, the write queue, delivery and rendering have a pool of their own, so
// that many requests cannot delay a pass. Storing incoming messages waits for row locks, so it has its own
// pool too and delays no other request.
inline constexpr std::size_t kBackgroundConnections = 8;
inline constexpr std::size_t kRequestConnections = 8;
inline constexpr std::size_t kInboundConnections = 4;

struct Stores {
  Stores(const Secret& url, LogicalShards shards)
      : background_database(url, kBackgroundConnections),
        request_database(url, kRequestConnections),
        inbound_database(url, kInboundConnections),
        events(request_database, shards) {}

  storage::Database background_database;
  storage::Database request_database;
  storage::Database inbound_database;
  storage::PassStore passes{background_database};
  storage::QueueStore queue{background_database};
  storage::DeliveryStore deliveries{background_database};
  storage::RenderStore renderings{background_database};
  storage::RetentionStore retention{background_database};
  storage::UserStore users{request_database};
  storage::MessageStore messages{request_database};
  storage::DeliveryStore delivery_reports{request_database};
  storage::ReformulationStore reformulations{request_database};
  storage::StatsStore stats{request_database};
  storage::EventStore events;
};

// The stores of incoming messages, turns and contacts.
struct InboundStores {
  InboundStores(Stores& stores, const Config& config, UuidV7Source& ids)
      : rules(inbound::rules_of(config.inbound, config.rules)),
        inbound(stores.inbound_database, rules, ids),
        turns(stores.request_database, rules, ids),
        contacts(stores.request_database, rules, ids) {}

  InboundRules rules;
  storage::InboundStore inbound;
  storage::TurnStore turns;
  storage::ContactStore contacts;
};

}  // namespace orchestrator::app
