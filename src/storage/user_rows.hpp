// How a person's settings and counters are read: one column list, one mapping. Only src/storage/*.cpp
// include this.
#pragma once

#include <string>

#include "orchestrator/rules.hpp"
#include "storage/parameters.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {

// For statements that call `users` users and `user_message_budget` budget (which may be missing).
inline const std::string kFactsColumns = R"sql(
  coalesce(users.timezone, '') AS timezone,
  (extract(epoch FROM users.quiet_hours_start) * 1000000)::bigint AS quiet_start,
  (extract(epoch FROM users.quiet_hours_end) * 1000000)::bigint AS quiet_end,
  users.quiet_hours_enabled AS quiet_hours_enabled,
  users.hourly_limit AS hourly_limit,
  users.daily_limit AS daily_limit,
  users.response_pattern AS response_pattern,
  users.opted_out_at IS NOT NULL AS opted_out,
  micros(budget.last_message_at) AS last_message_at,
  micros(budget.last_inbound_at) AS last_inbound_at,
  CASE WHEN cardinality(budget.recent_sends) > 0
       THEN (SELECT string_agg(micros(send)::text, ',' ORDER BY send) FROM unnest(budget.recent_sends) AS send)
  END AS recent_sends,
  CASE WHEN isfinite(budget.date) THEN budget.date - date '1970-01-01' END AS counted_day,
  least(coalesce(budget.messages_sent, 0), 1000000000) AS messages_sent,
  (SELECT min(asked.priority) FROM message_queue AS asked
   WHERE asked.user_id = users.id AND asked.status IN ('queued', 'approved') AND asked.awaiting IS NOT NULL)
    AS awaited_lane)sql";

// From kFactsColumns, which stand together and in that order.
UserFacts facts_from(const pqxx::row& row);

// The counters as statements take them.
struct StoredCounters {
  explicit StoredCounters(const UserFacts& counters);
  std::optional<std::string> date;
  int messages_sent;
  std::optional<Instant> last_message_at;
  std::string recent_sends;  // a timestamptz[] literal
};

// As `users.response_pattern` holds it.
std::string pattern_text(const ResponsePattern& pattern);

}  // namespace orchestrator::storage
