// The real binary with an unreliable provider and with crashes at the worst moments: compares what people
// receive with the database.
#include <gtest/gtest.h>

#include "support/eventually.hpp"
#include "support/running_service.hpp"
#include "support/stand_in_twilio.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using support::eventually;
using support::RunningService;
using support::Service;
using support::StandInTwilio;
using support::Variables;
using Conduct = StandInTwilio::Conduct;
using Texts = std::vector<std::string>;

Variables with_twilio(const StandInTwilio& twilio, const Variables& changes = {}) {
  return support::with({{"SENDER", "twilio"},
                        {"TWILIO_ACCOUNT_SID", "AC1"},
                        {"TWILIO_AUTH_TOKEN", "token"},
                        {"TWILIO_PHONE_NUMBER", "+15550109999"},
                        {"TWILIO_BASE_URL", twilio.url()},
                        {"SEND_TIMEOUT_SECONDS", "1"},
                        {"SEND_CONCURRENCY", "32"},
                        {"PUBLIC_URL", "https://texts.example"}},
                       changes);
}

std::string number_of(int person) { return "+1555" + std::to_string(1000000 + person); }

// "message 7" → 7
int number_in(const std::string& text) { return std::stoi(text.substr(text.rfind(' ') + 1)); }

void add_people(support::Sql& sql, int people) {
  sql.run(
      "INSERT INTO users (id, phone_number, quiet_hours_enabled) SELECT 'user_' || i, '+1555' || 1000000 + "
      "i, "
      "false FROM generate_series(1, " +
      std::to_string(people) + ") AS i");
}

// One promoted message per user, inserted by SQL.
void queue_one_each(support::Sql& sql, int people) {
  sql.run(
      "INSERT INTO message_queue (user_id, agent_id, message_data) SELECT 'user_' || i, 'a', "
      "jsonb_build_object('content', 'message ' || i) FROM generate_series(1, " +
      std::to_string(people) + ") AS i");
}

// "sent 850, unknown 50"
std::string totals(support::Sql& sql) {
  return sql.value(
      "SELECT string_agg(status || ' ' || n, ', ' ORDER BY status::text) FROM "
      "(SELECT status, count(*) AS n FROM messages GROUP BY status) AS counted");
}

// A round has twenty messages: eleven without a fault, and one for each kind of fault.
Conduct trouble_of(const std::string& text, int before) {
  switch (number_in(text) % 20) {
    case 0:
      return before == 0 ? Conduct::too_many : Conduct::accept;
    case 1:
      return before == 0 ? Conduct::unavailable : Conduct::accept;
    case 2:
      return Conduct::bad_number;
    case 3:
      return Conduct::accept_and_fail;
    case 4:
      return Conduct::fail;
    case 5:
      return Conduct::accept_and_reset;
    case 6:
      return Conduct::reset;
    case 7:
      return Conduct::accept_and_hang;
    case 8:
      return Conduct::unsubscribed;
    default:
      return Conduct::accept;
  }
}

TEST(ServiceDelivery, DeliversAThousandMessagesDespiteEveryKindOfFault) {
  constexpr int kMessages = 1000;
  StandInTwilio twilio(trouble_of);
  RunningService running(with_twilio(twilio));
  add_people(running.sql, kMessages);
  queue_one_each(running.sql, kMessages);
  running.http.post("/process-queue");

  // In each round of twenty: two are refused permanently; two stay unknown, because the provider has no such
  // message; three were accepted without a response and are found by look-up; all others are sent.
  const std::string expected = "failed 100, sent 800, unknown 100";
  EXPECT_TRUE(eventually([&] { return totals(running.sql) == expected; }, 40s)) << totals(running.sql);
  EXPECT_EQ(twilio.taken().size(), 800U);
  EXPECT_EQ(twilio.posts(), kMessages + 100);  // plus the retried ones
  std::map<std::string, int> received;
  for (const auto& text : twilio.taken()) {
    ++received[text.body];
    EXPECT_EQ(text.to, number_of(number_in(text.body)));
  }
  for (const auto& [body, times] : received) EXPECT_EQ(times, 1) << body;
  EXPECT_EQ(
      running.sql.column("SELECT content FROM messages WHERE status = 'sent' ORDER BY content"),
      running.sql.column("SELECT content FROM messages WHERE provider_message_id IS NOT NULL ORDER BY 1"));
  EXPECT_EQ(running.sql.value("SELECT count(*) FROM users WHERE opted_out_at IS NOT NULL"), "50");
  EXPECT_EQ(
      running.sql.value("SELECT string_agg(error_code || ' ' || n, ', ' ORDER BY error_code) FROM (SELECT "
                        "error_code, count(*) AS n FROM messages WHERE status IN ('failed', 'unknown') "
                        "GROUP BY error_code) AS counted"),
      "20500 50, 21211 50, 21610 50, no_answer 50");
  const std::string metrics = running.http.get("/metrics").body;
  for (const std::string line :
       {"orchestrator_send_attempts_total{outcome=\"retried\",provider=\"twilio\"} 100",
        "orchestrator_send_attempts_total{outcome=\"permanent\",provider=\"twilio\"} 100",
        "orchestrator_messages_in_flight{provider=\"twilio\"}"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line;
  }
}

// A service that is killed at an instant that its provider chooses. The test then expires its lease, and
// another instance takes over.
class ServiceCrash : public ::testing::Test {
 protected:
  // `conduct` is what the provider does with the first attempt.
  void start(Conduct conduct, const Variables& changes = {}) {
    twilio.emplace(
        [conduct](const std::string&, int before) { return before == 0 ? conduct : Conduct::accept; });
    environment = support::with(with_twilio(*twilio, changes), {{"DATABASE_URL", database.url()},
                                                                {"PROCESS_INTERVAL_SECONDS", "3600"},
                                                                {"SEND_TIMEOUT_SECONDS", "30"}});
    service.emplace(environment);
    service->port();
    add_people(sql, 1);
    sql.run("SELECT schedule_message('user_1', 'a', '{\"content\": \"message 1\"}', priority => 'high')");
  }

  void kill_and_start_another() {
    service->kill();
    ASSERT_TRUE(service->wait());
    sql.run("UPDATE messages SET lease_until = now() WHERE status = 'sending'");
    service.emplace(environment);
    service->port();
  }

  std::string row() {
    return sql.value("SELECT string_agg(concat_ws('|', status, attempts, error_code), ' ') FROM messages");
  }

  support::TestDatabase database;
  support::Sql sql{database.url()};
  std::optional<StandInTwilio> twilio;
  Variables environment;
  std::optional<Service> service;
};

TEST_F(ServiceCrash, AfterACrashBeforeTheCallAnotherInstanceSends) {
  start(Conduct::accept, {{"SENDER", "none"}});
  ASSERT_TRUE(eventually([&] { return row() == "pending|0"; })) << row();
  environment["SENDER"] = "twilio";
  kill_and_start_another();
  ASSERT_TRUE(eventually([&] { return row() == "sent|1"; })) << row();
  EXPECT_EQ(twilio->received_by(number_of(1)), Texts{"message 1"});
}

TEST_F(ServiceCrash, AfterACrashDuringTheCallTheMessageIsFoundAtTheProvider) {
  start(Conduct::accept_and_hang);
  ASSERT_TRUE(eventually([&] { return twilio->taken().size() == 1; }));
  EXPECT_EQ(row(), "sending|1");
  kill_and_start_another();
  ASSERT_TRUE(eventually([&] { return row() == "sent|1"; })) << row();
  EXPECT_EQ(twilio->posts(), 1);
}

TEST_F(ServiceCrash, AfterACrashDuringTheCallAMessageThatIsNotFoundStaysUnknown) {
  start(Conduct::hang);
  ASSERT_TRUE(eventually([&] { return twilio->posts() == 1; }));
  kill_and_start_another();
  ASSERT_TRUE(eventually(
      [&] { return sql.value("SELECT bool_or(status = 'unknown' AND look_ups > 0) FROM messages") == "t"; }));
  EXPECT_EQ(row(), "unknown|1|lease_expired");
  EXPECT_EQ(twilio->posts(), 1);
}

TEST_F(ServiceCrash, AfterACrashDuringTheCallAMessageThatIsNotFoundIsResentIfThePolicyIsRetry) {
  start(Conduct::hang, {{"UNKNOWN_POLICY", "retry"}});
  ASSERT_TRUE(eventually([&] { return twilio->posts() == 1; }));
  kill_and_start_another();
  ASSERT_TRUE(eventually([&] {
    // Makes the next look-up due.
    sql.run("UPDATE messages SET next_attempt_at = now() WHERE status = 'unknown' AND look_ups > 0");
    return row() == "sent|2";
  })) << row();
  EXPECT_EQ(twilio->received_by(number_of(1)), Texts{"message 1"});
}

TEST_F(ServiceCrash, AfterACrashAfterTheCallTheMessageStaysSent) {
  start(Conduct::accept);
  ASSERT_TRUE(eventually([&] { return row() == "sent|1"; }));
  kill_and_start_another();
  sql.run("SELECT schedule_message('user_1', 'a', '{\"content\": \"message 2\"}', priority => 'urgent')");
  sql.run("UPDATE user_message_budget SET last_message_at = NULL, next_attempt_at = '-infinity'");
  ASSERT_TRUE(eventually([&] { return twilio->taken().size() == 2; }));
  EXPECT_EQ(twilio->received_by(number_of(1)), (Texts{"message 1", "message 2"}));
}

// Signed reports that arrive before the response, instead of it, twice, and out of order.
TEST(ServiceDelivery, AcceptsReportsInAnyOrder) {
  std::optional<RunningService> running;
  std::optional<StandInTwilio> twilio;
  twilio.emplace([&](const std::string& text, int) {
    if (text == "early") {
      EXPECT_EQ(twilio->report(running->service.port(), "SM9", "delivered"), 204);
    }
    return text == "lost" ? Conduct::accept_and_reset : Conduct::accept;
  });
  running.emplace(with_twilio(*twilio));
  const auto status_of = [&](const std::string& text) {
    return running->sql.value("SELECT string_agg(status::text, '') FROM messages WHERE content = '" + text + "'");
  };
  int person = 1;
  for (const std::string text : {"early", "lost", "reordered"}) {
    running->add_user(text, {{"phoneNumber", number_of(person++)}});
    running->post(text, text, "high");
    ASSERT_TRUE(eventually([&] { return twilio->taken().size() == static_cast<std::size_t>(person - 1); }));
    if (text == "lost") {
      ASSERT_TRUE(eventually([&] { return status_of(text) == "unknown"; }));
    } else {
      ASSERT_TRUE(eventually([&] { return status_of(text) == (text == "early" ? "delivered" : "sent"); }));
    }
    if (text == "early") continue;
    const std::string sid = twilio->taken().back().sid;
    for (const std::string status : {"delivered", "sent", "delivered", "queued", "failed"}) {
      EXPECT_EQ(twilio->report(running->service.port(), sid, status), 204);
    }
  }
  for (const std::string text : {"early", "lost", "reordered"})
    EXPECT_EQ(status_of(text), "delivered") << text;
  EXPECT_EQ(twilio->posts(), 3);
}

// `GET /messages/{id}` shows the whole history.
TEST(ServiceDelivery, ShowsTheHistoryOfAMessage) {
  StandInTwilio twilio(
      [](const std::string&, int before) { return before == 0 ? Conduct::too_many : Conduct::accept; });
  RunningService running(with_twilio(twilio));
  running.add_user("ann", {{"phoneNumber", number_of(1)}});
  const std::string id = running.post("ann", "hello", "high");
  const auto record = [&] { return running.http.get("/messages/" + id).json(); };
  ASSERT_TRUE(
      eventually([&] { return record()["sent"].is_object() && record()["sent"]["status"] == "sent"; }));
  const auto told = record();
  EXPECT_EQ(told["sent"]["providerMessageId"], "SM1");
  EXPECT_EQ(told["sent"]["attempts"], 2);
  Texts events;
  for (const auto& event : told["history"]) {
    events.push_back(event["event"].get<std::string>() + " " + event.value("reason", ""));
  }
  EXPECT_EQ(events, (Texts{"queued ", "promoted ", "send_retry 20429", "sent "}));
}

}  // namespace
}  // namespace orchestrator
