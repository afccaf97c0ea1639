// What the views of migrations/repeatable/06_dashboards.sql show for known rows.
#include <gtest/gtest.h>

#include "support/database.hpp"
#include "support/sql.hpp"

namespace orchestrator::storage {
namespace {

using support::Sql;
using support::TestDatabase;
using Rows = std::vector<std::string>;

// The sessions use UTC. Rows are minutes apart, so that a slow machine changes nothing.
class Dashboards : public ::testing::Test {
 protected:
  Dashboards() {
    sql.run("SET TimeZone = 'UTC'");
    sql.run("INSERT INTO users (id, timezone) VALUES ('ann', 'Europe/London'), ('bob', 'Asia/Tokyo')");
  }

  // A message scheduled that many minutes from now, or ago.
  void wait(const std::string& user, const std::string& lane, int minutes, const std::string& agent = "a") {
    sql.run("INSERT INTO message_queue (user_id, agent_id, message_data, priority, scheduled_for) VALUES ('" +
            user + "', '" + agent + R"(', '{"content": "x"}', ')" + lane + "', now() + interval '" +
            std::to_string(minutes) + " minutes')");
  }

  // A message that was ready at `ready_at`, created an hour earlier, and sent at `sent_at`: SQL expressions.
  void send(const std::string& lane, const std::string& ready_at, const std::string& sent_at,
            const std::string& agent = "a") {
    sql.run(
        "WITH sent AS (INSERT INTO message_queue (user_id, agent_id, message_data, priority, status, "
        "created_at, scheduled_for, sent_at) VALUES ('ann', '" +
        agent + R"(', '{"content": "x"}', ')" + lane + "', 'sent', " + ready_at + " - interval '1 hour', " +
        ready_at + ", " + sent_at +
        ") RETURNING id, user_id, sent_at) INSERT INTO messages (user_id, direction, role, content, "
        "queue_id, "
        "created_at) SELECT user_id, 'outbound', 'a', 'x', id, sent_at FROM sent");
  }

  void part(const std::string& sequence, int position, int total) {
    sql.run(
        "INSERT INTO message_queue (user_id, agent_id, message_data, sequence_id, sequence_position, "
        R"(sequence_total) VALUES ('ann', 'a', '{"content": "x"}', ')" +
        sequence + "', " + std::to_string(position) + ", " + std::to_string(total) + ")");
  }

  void log(const std::string& action, const std::string& at, const std::string& input,
           const std::string& output) {
    sql.run(
        "INSERT INTO agent_actions_log (agent_type, action_type, user_id, input_data, output_data, "
        "created_at) "
        "VALUES ('message_orchestrator', '" +
        action + "', 'ann', '" + input + "', '" + output + "', " + at + ")");
  }

  // Messages of an agent that had an outcome in the minute of `at`, as one connection counted them.
  void count(const std::string& agent, const std::string& lane, const std::string& outcome,
             const std::string& reason, const std::string& at, int messages, int slot = 1) {
    sql.run("INSERT INTO minute_counts (shard, minute, agent_id, lane, outcome, reason, slot, messages) " +
            ("SELECT " + std::to_string(slot) + " % logical_shards(), date_trunc('minute', " + at + "), '") +
            agent + "', '" + lane + "', '" + outcome + "', '" + reason + "', " + std::to_string(slot) + ", " +
            std::to_string(messages));
  }

  // The given columns of all rows, as text; "-" for NULL.
  Rows rows(const std::string& columns, const std::string& view_and_more) {
    return sql.column("SELECT array_to_string(ARRAY[" + columns + "]::text[], ' ', '-') FROM " +
                      view_and_more);
  }

  TestDatabase database;
  Sql sql{database.url()};
};

TEST_F(Dashboards, QueueDepthCountsWaitingMessagesByLane) {
  wait("ann", "urgent", -10);
  wait("bob", "urgent", -3);
  wait("ann", "medium", -2);
  wait("ann", "medium", 60);
  wait("bob", "low", 60);
  send("low", "now()", "now()");
  EXPECT_EQ(rows("lane, waiting, due, round(oldest_due_seconds / 60), "
                 "round(extract(epoch FROM now() - oldest_waiting_since) / 60)",
                 "queue_depth"),
            (Rows{"urgent 2 2 10 10", "high 0 0 0 -", "medium 2 1 2 2", "low 1 0 0 -"}));
}

TEST_F(Dashboards, QueueDepthCountsASequenceOnceAndOnlyWhenItIsComplete) {
  for (int position = 1; position <= 3; ++position) part("whole", position, 3);
  part("broken", 1, 2);
  EXPECT_EQ(rows("waiting, due", "queue_depth WHERE lane = 'medium'"), Rows{"1 1"});
}

TEST_F(Dashboards, WaitTimeStartsWhenTheMessageIsReady) {
  for (int seconds = 1; seconds <= 101; ++seconds) {
    send("high", "now() - interval '1 hour'",
         "now() - interval '1 hour' + interval '" + std::to_string(seconds) + " seconds'");
  }
  send("low", "now() - interval '30 hours'", "now() - interval '6 hours'");
  send("low", "now() - interval '30 hours'", "now() - interval '25 hours'");
  EXPECT_EQ(
      rows("lane, sent, p50, p95, p99, p50_seconds::float, p95_seconds::float, p99_seconds::float",
           "wait_time_by_lane"),
      (Rows{"high 101 00:00:51 00:01:36 00:01:40 51 96 100", "low 1 1 day 1 day 1 day 86400 86400 86400"}));
}

TEST_F(Dashboards, PromotionsAndDeferralsCountByMinute) {
  const std::string minute = "date_trunc('minute', now()) - interval '7 minutes'";
  count("a", "low", "sent", "", minute, 1);
  count("a", "urgent", "sent", "", minute + " + interval '59 seconds'", 2, 1);
  count("b", "urgent", "sent", "", minute, 3, 2);
  count("a", "low", "deferred", "quiet_hours", minute + " + interval '59 seconds'", 4);
  count("a", "low", "deferred", "cooldown", minute + " + interval '60 seconds'", 1);
  for (const std::string outcome : {"sent", "deferred"}) {
    count("a", "low", outcome, "", "now() - interval '2 hours'", 9);
  }
  const std::string ago =
      "round(extract(epoch FROM date_trunc('minute', now()) - minute) / 60) BETWEEN 6 AND 8";
  EXPECT_EQ(rows("lane, promotions, " + ago, "promotions_per_minute"), (Rows{"urgent 5 true", "low 1 true"}));
  EXPECT_EQ(rows("reason, deferrals, " + ago, "deferrals_per_minute"),
            (Rows{"quiet_hours 4 true", "cooldown 1 true"}));
}

TEST_F(Dashboards, BlockedUsersHaveWaitingMessages) {
  sql.run("INSERT INTO users (id) VALUES ('idle'), ('open')");
  for (int i = 0; i < 3; ++i) wait("ann", "low", -1);
  wait("bob", "low", 60);
  wait("open", "low", -1);
  sql.run(
      "UPDATE user_message_budget SET blocked_by = 'quiet_hours', blocked_until = '2100-01-01 08:00' "
      "WHERE user_id <> 'open'");
  sql.run("UPDATE user_message_budget SET next_attempt_at = '2100-01-01 09:00' WHERE user_id = 'ann'");
  sql.run(
      "UPDATE user_message_budget SET blocked_by = 'cooldown', blocked_until = now() - interval '1 minute' "
      "WHERE user_id = 'open'");
  EXPECT_EQ(rows("user_id, blocked_by, waiting, blocked_until, next_attempt_at > now()",
                 "blocked_users ORDER BY user_id"),
            (Rows{"ann quiet_hours 3 2100-01-01 08:00:00+00 true",
                  "bob quiet_hours 1 2100-01-01 08:00:00+00 true"}));
  EXPECT_EQ(rows("blocked_by, users, waiting, first_opens_at = last_opens_at", "blocked_by_reason"),
            Rows{"quiet_hours 2 4 true"});
}

TEST_F(Dashboards, BudgetUseCountsTheUsersLocalDay) {
  sql.run("INSERT INTO users (id, timezone) VALUES ('lost', 'Mars/Olympus'), ('free', NULL), ('gone', NULL)");
  sql.run(R"(UPDATE user_message_budget AS budget
             SET date = known.date, messages_sent = known.sent, daily_limit = known.daily, hourly_limit = 5,
                 recent_sends = ARRAY[now() - interval '90 minutes', now() - interval '30 minutes'],
                 last_message_at = now() - interval '30 minutes'
             FROM (VALUES ('ann', (now() AT TIME ZONE 'Europe/London')::date, 4, 10),
                          ('bob', (now() AT TIME ZONE 'Asia/Tokyo')::date - 1, 9, 10),
                          ('lost', current_date, 2, 10),
                          ('free', current_date, 7, 0),
                          ('gone', current_date - 9, 7, 10)) AS known (user_id, date, sent, daily)
             WHERE budget.user_id = known.user_id)");
  EXPECT_EQ(rows("user_id, messages_sent, daily_limit, share_used, sent_last_hour, hourly_limit",
                 "budget_use ORDER BY user_id"),
            (Rows{"ann 4 10 0.400 1 5", "bob 0 10 0.000 1 5", "free 7 0 - 1 5", "lost 2 10 0.200 1 5"}));
  EXPECT_EQ(rows("local_date = (now() AT TIME ZONE 'Asia/Tokyo')::date, last_message_at < now()",
                 "budget_use WHERE user_id = 'bob'"),
            Rows{"true true"});
}

TEST_F(Dashboards, SupersededAndDuplicatesCountToday) {
  const std::string newer = "00000000-0000-7000-8000-00000000000b";
  wait("ann", "low", 0, "news_1");
  const std::string message = sql.value("SELECT id FROM message_queue");
  const std::string by_newer = R"({"superseded_by": ")" + newer + R"("})";
  log("superseded", "now()", R"({"message_id": ")" + message + R"("})", by_newer);
  log("superseded", "now()", R"({"message_id": ")" + newer + R"("})", by_newer);
  log("superseded", "current_date - interval '1 hour'", R"({"message_id": ")" + message + R"("})", by_newer);
  const std::string of_message = R"({"duplicate_of": ")" + message + R"("})";
  log("duplicate", "now()", R"({"agent_id": "news_2"})", of_message);
  log("duplicate", "current_date - interval '1 hour'", R"({"agent_id": "news_2"})", of_message);
  EXPECT_EQ(
      rows("user_id, message_id, agent_id, superseded_by, superseded_at <= now()",
           "todays_superseded ORDER BY agent_id"),
      (Rows{"ann " + message + " news_1 " + newer + " true", "ann " + newer + " - " + newer + " true"}));
  EXPECT_EQ(rows("user_id, duplicate_of, agent_id, refused_at <= now()", "todays_duplicates"),
            Rows{"ann " + message + " news_2 true"});
}

TEST_F(Dashboards, AgentVolumeCountsEventsOnTheirDay) {
  for (int i = 0; i < 4; ++i) wait("ann", "low", 60, "news");
  const std::string yesterday = "current_date - interval '1 minute'";
  int messages = 0;
  for (const std::string outcome : {"sent", "superseded", "cancelled", "expired", "failed", "deferred"}) {
    count("news", "low", outcome, "", "now()", ++messages, 1);
    count("news", "high", outcome, "", "current_date", 10, 2);
    count("news", "low", outcome, "", yesterday, 100);
  }
  count("other", "low", "duplicate", "", "now()", 1);
  EXPECT_EQ(
      rows("agent_id, scheduled, sent, superseded, cancelled, expired, failed, duplicates", "agent_volume"),
      (Rows{"news 4 11 12 13 14 15 0", "other 0 0 0 0 0 0 1"}));
}

// A day of an agent's messages costs as much as the minutes in which they were counted.
TEST_F(Dashboards, AgentVolumeReadsCountsInsteadOfMessages) {
  sql.run(
      "INSERT INTO minute_counts (shard, minute, agent_id, lane, outcome, reason, slot, messages) "
      "SELECT number % logical_shards(), current_date - interval '30 days' + number * interval '1 minute', "
      "'a', 'low', 'sent', '', 1, 800 FROM generate_series(0, 30 * 1440 + 1439) AS number");
  sql.run("ANALYZE minute_counts");
  EXPECT_EQ(rows("agent_id, sent", "agent_volume"), Rows{"a 1152000"});
  std::string plan;
  for (const std::string& line :
       sql.column("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) TABLE agent_volume")) {
    plan += line + "\n";
  }
  EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << plan;
  EXPECT_NE(plan.find("minute_counts_pkey"), std::string::npos) << plan;
  for (const std::string table : {"message_queue", "messages", "agent_actions_log"}) {
    EXPECT_EQ(plan.find(" on " + table), std::string::npos) << plan;
  }
}

TEST_F(Dashboards, IncompleteSequencesHaveMissingParts) {
  for (int position = 1; position <= 3; ++position) part("whole", position, 3);
  for (int position = 2; position <= 3; ++position) part("headless", position, 3);
  part("one", 1, 2);
  EXPECT_EQ(rows("user_id, sequence_id, parts_present, parts_total, first_seen <= now()",
                 "incomplete_sequences ORDER BY sequence_id"),
            (Rows{"ann headless 2 3 true", "ann one 1 2 true"}));
  part("headless", 1, 3);
  part("one", 2, 2);
  EXPECT_EQ(rows("sequence_id", "incomplete_sequences"), Rows{});
}

TEST_F(Dashboards, StuckMessagesAreReadyButTheirUserIsNotDue) {
  wait("ann", "low", -6);
  wait("ann", "low", -4);
  wait("bob", "urgent", -60);
  const auto with_next_attempt = [&](const std::string& instant) {
    sql.run("UPDATE user_message_budget SET next_attempt_at = " + instant);
    return rows("user_id, lane, agent_id, round(extract(epoch FROM due_for) / 60)",
                "stuck_messages ORDER BY 1");
  };
  const Rows both = {"ann low a 6", "bob urgent a 60"};
  EXPECT_EQ(with_next_attempt("now() - interval '6 minutes'"), both);
  EXPECT_EQ(with_next_attempt("NULL"), both) << "the next attempt is lost";
  EXPECT_EQ(with_next_attempt("'-infinity'"), both);
  EXPECT_EQ(with_next_attempt("now() - interval '4 minutes'"), Rows{}) << "a pass may still come";
  EXPECT_EQ(with_next_attempt("now() + interval '4 hours'"), Rows{}) << "blocked";
}

const Rows kViews = {"queue_depth",          "wait_time_by_lane",    "promotions_per_minute",
                     "deferrals_per_minute", "blocked_users",        "blocked_by_reason",
                     "budget_use",           "agent_volume",         "todays_duplicates",
                     "todays_superseded",    "incomplete_sequences", "stuck_messages",
                     "awaiting_render",      "llm_use_per_day"};

// Only SQL can write infinite instants.
TEST_F(Dashboards, ViewsAcceptInfiniteInstants) {
  for (const std::string instant : {"'infinity'", "'-infinity'"}) {
    sql.run(
        "INSERT INTO message_queue (user_id, agent_id, message_data, scheduled_for, created_at) "
        R"(VALUES ('ann', 'a', '{"content": "x"}', )" +
        instant + ", " + instant + ")");
    sql.run("UPDATE user_message_budget SET next_attempt_at = '-infinity', blocked_until = " + instant);
    send("low", "timestamptz " + instant, "now()");
    for (const std::string& view : kViews) EXPECT_NO_THROW(sql.column("SELECT * FROM " + view)) << view;
  }
}

TEST_F(Dashboards, EveryViewAndColumnHasAComment) {
  EXPECT_EQ(
      sql.column(
          "SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'orchestrator'::regnamespace "
          "AND obj_description(oid, 'pg_class') IS NULL"),
      Rows{});
  EXPECT_EQ(sql.column("SELECT view.relname || '.' || attname FROM pg_class AS view "
                       "JOIN pg_attribute ON attrelid = view.oid AND attnum > 0 "
                       "WHERE relkind = 'v' AND relnamespace = 'orchestrator'::regnamespace "
                       "AND col_description(view.oid, attnum) IS NULL"),
            Rows{});
}

}  // namespace
}  // namespace orchestrator::storage
