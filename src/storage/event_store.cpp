#include "storage/event_store.hpp"

#include <algorithm>

#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {
namespace {

constexpr const char* kBeforeAll = "00000000-0000-0000-0000-000000000000";

struct Columns {
  std::vector<std::string> ids;
  std::vector<std::string> users;
};

Columns columns_of(const std::vector<EventStore::Place>& places, bool in_queue) {
  Columns columns;
  for (const auto& place : places) {
    if (place.is_in_queue != in_queue) continue;
    columns.ids.push_back(place.id);
    columns.users.push_back(place.user.value);
  }
  return columns;
}

EventRow action_from(const pqxx::row& row) {
  EventRow happening;
  happening.source =
      row["is_coordinator"].as<bool>() ? EventRow::Source::coordinator : EventRow::Source::orchestrator;
  happening.id = row["id"].as<std::string>();
  happening.action = row["action"].as<std::string>();
  happening.user = UserId{row["user_id"].as<std::string>()};
  happening.input = row["input"].as<std::string>();
  happening.output = row["output"].as<std::string>();
  happening.error = row["error"].as<std::string>();
  happening.latency_ms = optional_from<std::int64_t>(row["latency_ms"]);
  happening.text = row["text"].as<std::string>();
  happening.at = instant_from(row["at"]);
  return happening;
}

EventRow scheduled_from(const pqxx::row& row) {
  EventRow happening;
  happening.id = row["id"].as<std::string>();
  happening.action = "scheduled";
  happening.user = UserId{row["user_id"].as<std::string>()};
  happening.input = row["input"].as<std::string>();
  happening.at = instant_from(row["at"]);
  return happening;
}

}  // namespace

std::vector<EventStore::Place> EventStore::places(const Span& span, std::size_t most) {
  return in_transaction(database_, kFeedTxSettings, [&](Transaction& transaction) {
    std::vector<Place> places;
    const std::string from_id = span.from_id.empty() ? kBeforeAll : span.from_id;
    for (const auto& row : transaction.exec_params(sql::find_event_rows, format_instant(span.from),
                                                   format_instant(span.until), from_id, most)) {
      places.push_back({row[0].as<std::string>(), UserId{row[1].as<std::string>()}, row[2].as<bool>()});
    }
    std::ranges::reverse(places);
    return places;
  });
}

std::vector<EventRow> EventStore::read(const std::vector<Place>& places) {
  const Columns actions = columns_of(places, false);
  const Columns queued = columns_of(places, true);
  return in_transaction(database_, kFeedTxSettings, [&](Transaction& transaction) {
    std::vector<EventRow> happenings;
    if (!actions.ids.empty()) {
      for (const auto& row : transaction.exec_params(sql::read_action_events, text_array(actions.ids),
                                                     text_array(actions.users))) {
        happenings.push_back(action_from(row));
      }
    }
    if (!queued.ids.empty()) {
      for (const auto& row : transaction.exec_params(sql::read_scheduled_events, text_array(queued.ids),
                                                     text_array(queued.users))) {
        happenings.push_back(scheduled_from(row));
      }
    }
    std::ranges::sort(happenings, {}, &EventRow::id);
    return happenings;
  });
}

}  // namespace orchestrator::storage
