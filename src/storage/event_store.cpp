#include "storage/event_store.hpp"

#include <algorithm>

#include "storage/parameters.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {
namespace {

constexpr const char* kBeforeAll = "00000000-0000-0000-0000-000000000000";

// Whoever listens is never worth a scan of the table.
constexpr const char* kBackgroundTxSettings = R"sql(
SET LOCAL statement_timeout = '5s'; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off; SET LOCAL plan_cache_mode = force_custom_plan)sql";

constexpr const char* kPlaces = R"sql(
SELECT id, user_id, is_in_queue FROM (
  (SELECT id, user_id, false AS is_in_queue FROM agent_actions_log
   WHERE id >= greatest(uuid_v7_floor($1::timestamptz), $3::uuid) AND id < uuid_v7_floor($2::timestamptz)
   ORDER BY id DESC LIMIT $4)
  UNION ALL
  (SELECT id, user_id, true FROM message_queue
   WHERE id >= greatest(uuid_v7_floor($1::timestamptz), $3::uuid) AND id < uuid_v7_floor($2::timestamptz)
   ORDER BY id DESC LIMIT $4)
) AS newest
ORDER BY id DESC LIMIT $4)sql";

constexpr const char* kReadActions = R"sql(
SELECT entry.id, entry.agent_type = 'message_coordinator' AS is_coordinator, entry.action_type AS action,
       entry.user_id, coalesce(entry.input_data, '{}') AS input, coalesce(entry.output_data, '{}') AS output,
       coalesce(entry.error, '') AS error, entry.latency_ms, coalesce(received.content, '') AS text,
       micros(entry.created_at) AS at
FROM unnest($1::text[], $2::text[]) AS place (id, user_id)
JOIN agent_actions_log AS entry ON entry.id = place.id::uuid AND entry.user_id = place.user_id
LEFT JOIN messages AS received
  ON received.user_id = entry.user_id
     AND received.id = CASE WHEN entry.agent_type = 'message_coordinator' AND entry.action_type = 'received'
                            THEN (entry.input_data ->> 'message_id')::uuid END
WHERE entry.agent_type IN ('message_coordinator', 'message_orchestrator'))sql";

constexpr const char* kReadQueue = R"sql(
SELECT queue.id, queue.user_id, micros(queue.created_at) AS at,
       jsonb_strip_nulls(jsonb_build_object(
         'message_id', queue.id, 'agent_id', queue.agent_id, 'priority', queue.priority,
         'conversation_id', queue.conversation_context_id, 'scheduled_for', queue.scheduled_for)) AS input
FROM unnest($1::text[], $2::text[]) AS place (id, user_id)
JOIN message_queue AS queue ON queue.id = place.id::uuid AND queue.user_id = place.user_id)sql";

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
  return in_transaction(database_, kBackgroundTxSettings, [&](Transaction& transaction) {
    std::vector<Place> places;
    const std::string from_id = span.from_id.empty() ? kBeforeAll : span.from_id;
    for (const auto& row : transaction.exec_params(kPlaces, format_instant(span.from),
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
  return in_transaction(database_, kBackgroundTxSettings, [&](Transaction& transaction) {
    std::vector<EventRow> happenings;
    if (!actions.ids.empty()) {
      for (const auto& row :
           transaction.exec_params(kReadActions, text_array(actions.ids), text_array(actions.users))) {
        happenings.push_back(action_from(row));
      }
    }
    if (!queued.ids.empty()) {
      for (const auto& row :
           transaction.exec_params(kReadQueue, text_array(queued.ids), text_array(queued.users))) {
        happenings.push_back(scheduled_from(row));
      }
    }
    std::ranges::sort(happenings, {}, &EventRow::id);
    return happenings;
  });
}

}  // namespace orchestrator::storage
