#include "storage/event_store.hpp"

#include <algorithm>

#include "storage/newest_places.hpp"
#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {
namespace {

// Places as two parallel arrays for the statements.
struct PlaceColumns {
  ArrayLiteral shards;
  ArrayLiteral ids;
  bool is_empty = true;
};

PlaceColumns columns_of(const std::vector<EventStore::Place>& places, EventStore::Table table) {
  PlaceColumns columns;
  for (const auto& place : places) {
    if (place.table != table) continue;
    columns.shards.number(place.shard);
    columns.ids.text(place.id);
    columns.is_empty = false;
  }
  return columns;
}

EventStore::Table table_from(const std::string& text) {
  if (text == "queue") return EventStore::Table::queue;
  return text == "messages" ? EventStore::Table::messages : EventStore::Table::log;
}

// The streams of one table as two parallel arrays.
struct StreamColumns {
  std::string shards;
  std::string past;
};

StreamColumns columns_of(const std::vector<RowStream>& streams, EventStore::Table table) {
  ArrayLiteral shards;
  ArrayLiteral past;
  for (const RowStream& stream : streams) {
    if (stream.table != table) continue;
    shards.number(stream.shard);
    past.text(stream.past.empty() ? kMaxUuid : stream.past);
  }
  return {shards.take(), past.take()};
}

std::string or_nil(const std::string& id) { return id.empty() ? kNilUuid : id; }

std::vector<EventStore::Place> read_streams(Transaction& transaction, const EventStore::Span& span,
                                            const std::vector<RowStream>& streams,
                                            const std::string& first_id, std::size_t limit) {
  using Table = EventStore::Table;
  const StreamColumns log = columns_of(streams, Table::log);
  const StreamColumns queue = columns_of(streams, Table::queue);
  const StreamColumns messages = columns_of(streams, Table::messages);
  std::vector<EventStore::Place> places;
  for (const auto& row :
       transaction.exec_params(sql::find_event_rows, format_instant(span.from), format_instant(span.until),
                               or_nil(span.from_id), or_nil(first_id), log.shards, log.past, queue.shards,
                               queue.past, messages.shards, messages.past, limit)) {
    places.push_back({row[0].as<std::string>(), row[1].as<int>(), table_from(row[2].as<std::string>())});
  }
  return places;
}

EventRow action_from(const pqxx::row& row) {
  EventRow event;
  event.source =
      row["is_coordinator"].as<bool>() ? EventRow::Source::coordinator : EventRow::Source::orchestrator;
  event.id = row["id"].as<std::string>();
  event.action = row["action"].as<std::string>();
  event.user = UserId{row["user_id"].as<std::string>()};
  event.input = row["input"].as<std::string>();
  event.output = row["output"].as<std::string>();
  event.error = row["error"].as<std::string>();
  event.latency_ms = optional_from<std::int64_t>(row["latency_ms"]);
  event.text = row["text"].as<std::string>();
  event.at = instant_from(row["at"]);
  return event;
}

EventRow scheduled_from(const pqxx::row& row) {
  EventRow event;
  event.id = row["id"].as<std::string>();
  event.action = "scheduled";
  event.user = UserId{row["user_id"].as<std::string>()};
  event.input = row["input"].as<std::string>();
  event.at = instant_from(row["at"]);
  return event;
}

EventRow promoted_from(const pqxx::row& row) {
  EventRow event = scheduled_from(row);
  event.source = EventRow::Source::orchestrator;
  event.action = "promoted";
  event.output = row["output"].as<std::string>();
  return event;
}

// Appends the rows at these places, as `statement` reads them.
using EventFrom = EventRow (*)(const pqxx::row&);
void append(std::vector<EventRow>& rows, Transaction& transaction, const std::string& statement,
            PlaceColumns places, EventFrom event_from) {
  if (places.is_empty) return;
  for (const auto& row : transaction.exec_params(statement, places.shards.take(), places.ids.take())) {
    rows.push_back(event_from(row));
  }
}

}  // namespace

std::vector<EventStore::Place> EventStore::places(const Span& span, std::size_t limit) {
  std::vector<RowStream> streams;
  for (const Table table : {Table::log, Table::queue, Table::messages}) {
    for (int shard = 0; shard < shards_.count(); ++shard) streams.push_back({table, shard});
  }
  return in_transaction(database_, kFeedTxSettings, [&](Transaction& transaction) {
    return newest_places(
        std::move(streams), limit,
        [&](const std::vector<RowStream>& open, const std::string& first_id, std::size_t of_each) {
          return read_streams(transaction, span, open, first_id, of_each);
        });
  });
}

std::vector<EventRow> EventStore::read(const std::vector<Place>& places) {
  return in_transaction(database_, kFeedTxSettings, [&](Transaction& transaction) {
    std::vector<EventRow> rows;
    append(rows, transaction, sql::read_action_events, columns_of(places, Table::log), action_from);
    append(rows, transaction, sql::read_scheduled_events, columns_of(places, Table::queue), scheduled_from);
    append(rows, transaction, sql::read_promoted_events, columns_of(places, Table::messages), promoted_from);
    std::ranges::sort(rows, {}, &EventRow::id);
    return rows;
  });
}

}  // namespace orchestrator::storage
