// What each row tells.

#include "events/event.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace orchestrator::events {
namespace {

using nlohmann::json;
using Source = EventRow::Source;

constexpr const char* kId = "019a0000-0000-7000-8000-000000000001";

EventRow happening(Source source, const std::string& action, const std::string& input,
                   const std::string& output = "{}") {
  EventRow row;
  row.source = source;
  row.id = kId;
  row.action = action;
  row.user = UserId{"ann"};
  row.input = input;
  row.output = output;
  row.at = *parse_instant("2026-11-20T18:00:00Z");
  return row;
}

// "name data" of each, the data without `at` and `userId`, which are checked here.
std::vector<std::string> told(const EventRow& row) {
  std::vector<std::string> told;
  for (const Event& event : events_of(row)) {
    EXPECT_EQ(event.data.find('\n'), std::string::npos);
    json data = json::parse(event.data);
    EXPECT_EQ(data["at"], "2026-11-20T18:00:00.000000Z");
    EXPECT_EQ(data.value("userId", "*"), row.user.value);
    data.erase("at");
    data.erase("userId");
    told.push_back(event.name + " " + data.dump());
  }
  return told;
}

using Told = std::vector<std::string>;

TEST(Events, OutboundMessages) {
  EXPECT_EQ(told(happening(Source::queue, "scheduled",
                           R"({"message_id":"m","agent_id":"a","priority":"high",)"
                           R"("scheduled_for":"2026-11-20T19:00:00+01:00"})")),
            Told{R"(messageScheduled {"agentId":"a","messageId":"m","priority":"high",)"
                 R"("scheduledFor":"2026-11-20T18:00:00.000000Z"})"});
  EXPECT_EQ(told(happening(Source::orchestrator, "promoted", R"({"message_id":"m","priority":"low"})",
                           R"({"sent_as":"s"})")),
            Told{R"(messagePromoted {"messageId":"m","priority":"low","sentAs":"s"})"});
  EXPECT_EQ(told(happening(Source::orchestrator, "deferred", R"({"message_id":"m"})",
                           R"({"reason":"quiet_hours","until":"2026-11-21T08:00:00.5+00:00"})")),
            Told{R"(messageDeferred {"messageId":"m","reason":"quiet_hours",)"
                 R"("until":"2026-11-21T08:00:00.500000Z"})"});
  const std::pair<const char*, const char*> ends[] = {{"expired", "messageExpired"},
                                                      {"cancelled", "messageCancelled"},
                                                      {"superseded", "messageSuperseded"},
                                                      {"failed", "messageFailed"}};
  for (const auto& [action, event] : ends) {
    EXPECT_EQ(told(happening(Source::orchestrator, action, R"({"message_id":"m"})", R"({"reason":"r"})")),
              Told{event + std::string(R"( {"messageId":"m","reason":"r"})")});
  }
}

TEST(Events, AMessageComesIn) {
  EventRow row = happening(Source::coordinator, "received", R"({"contact_id":"+1555","message_id":"m"})",
                           R"({"waiting":2})");
  row.text = "Hello\n\"there\"";
  EXPECT_EQ(
      told(row),
      (Told{R"(messageReceived {"contactId":"+1555","messageId":"m","text":"Hello\n\"there\"","waiting":2})",
            R"(messageEnqueued {"contactId":"+1555","messageId":"m","waiting":2})"}));
  row.output = R"({"waiting":2,"busy":true})";
  EXPECT_EQ(told(row).back(),
            R"(messageQueued {"busy":true,"contactId":"+1555","messageId":"m","waiting":2})");
  row.output = R"({"waiting":2,"busy":false})";
  EXPECT_EQ(told(row).size(), 2u);

  EXPECT_EQ(told(happening(Source::coordinator, "duplicate", R"({"contact_id":"c","duplicate_of":"m"})")),
            (Told{R"(messageReceived {"contactId":"c","duplicateOf":"m"})",
                  R"(duplicateDetected {"contactId":"c","duplicateOf":"m"})"}));
  EXPECT_EQ(told(happening(Source::coordinator, "dropped", R"({"contact_id":"c","message_id":"m"})")),
            Told{R"(messageDropped {"contactId":"c","messageId":"m"})"});
  EXPECT_EQ(told(happening(Source::coordinator, "opted_out", R"({"contact_id":"c"})")),
            Told{R"(optedOut {"contactId":"c"})"});
  EXPECT_EQ(told(happening(Source::coordinator, "opted_in", R"({"contact_id":"c"})")),
            Told{R"(optedIn {"contactId":"c"})"});
}

TEST(Events, ATurn) {
  EXPECT_EQ(told(happening(Source::coordinator, "turn_taken",
                           R"({"contact_id":"c","turn_id":"t","attempt":1,"messages":["m"]})")),
            (Told{R"(lockAcquired {"attempt":1,"contactId":"c","messages":["m"],"turnId":"t"})",
                  R"(messageDequeued {"attempt":1,"contactId":"c","messages":["m"],"turnId":"t"})"}));
  EXPECT_EQ(told(happening(Source::coordinator, "turn_taken",
                           R"({"contact_id":"c","turn_id":"t","attempt":1,"messages":["m","n"]})"))
                .back(),
            R"(batchCreated {"attempt":1,"contactId":"c","messages":["m","n"],"size":2,"turnId":"t"})");

  EventRow done =
      happening(Source::coordinator, "turn_done", R"({"contact_id":"c","turn_id":"t"})", R"({"reply":"r"})");
  done.latency_ms = 1234;
  EXPECT_EQ(told(done),
            (Told{R"(processingComplete {"contactId":"c","duration":1234,"reply":"r","turnId":"t"})",
                  R"(lockReleased {"contactId":"c","duration":1234,"reply":"r","turnId":"t"})"}));
  for (const char* action : {"turn_retried", "turn_failed"}) {
    EventRow failed = happening(Source::coordinator, action, R"({"contact_id":"c","turn_id":"t"})");
    failed.error = "timeout";
    EXPECT_EQ(told(failed), (Told{R"(processingError {"contactId":"c","error":"timeout","turnId":"t"})",
                                  R"(lockReleased {"contactId":"c","error":"timeout","turnId":"t"})"}));
  }
  EXPECT_EQ(told(happening(Source::coordinator, "turn_recovered", R"({"contact_id":"c","turn_id":"t"})")),
            (Told{R"(deadlocksResolved {"contactId":"c","count":1,"turnId":"t"})",
                  R"(lockReleased {"contactId":"c","turnId":"t"})"}));
  EXPECT_EQ(told(happening(Source::coordinator, "turn_failed", R"({"contact_id":"c"})",
                           R"({"attempt":3,"recovered":true})")),
            (Told{R"(deadlocksResolved {"attempt":3,"contactId":"c","count":1,"recovered":true})",
                  R"(processingError {"attempt":3,"contactId":"c","recovered":true})",
                  R"(lockReleased {"attempt":3,"contactId":"c","recovered":true})"}));
  EXPECT_EQ(told(happening(Source::coordinator, "turn_given_back", R"({"contact_id":"c"})")),
            Told{R"(lockReleased {"contactId":"c"})"});
  EXPECT_EQ(told(happening(Source::coordinator, "unlocked", R"({"contact_id":"c"})")),
            Told{R"(lockReleased {"contactId":"c"})"});
}

TEST(Events, Housekeeping) {
  EXPECT_EQ(told(happening(Source::coordinator, "flushed", R"({"contact_id":"c"})", R"({"count":3})")),
            Told{R"(queueFlushed {"contactId":"c","count":3})"});
  EventRow all = happening(Source::coordinator, "emergency_flushed", "{}", R"({"contacts":2,"count":3})");
  all.user = UserId{"*"};
  EXPECT_EQ(told(all), Told{R"(emergencyFlush {"contacts":2,"count":3})"});
  all.action = "cleaned_up";
  all.output = R"({"count":9})";
  EXPECT_EQ(told(all), Told{R"(autoCleanup {"count":9})"});
}

TEST(Events, SeveralOfOneRowAreNumbered) {
  const auto two = events_of(happening(Source::coordinator, "received", "{}"));
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].id, std::string(kId) + ".0");
  EXPECT_EQ(two[1].id, std::string(kId) + ".1");
  EXPECT_EQ(events_of(happening(Source::coordinator, "opted_in", "{}")).at(0).id, kId);
}

TEST(Events, WhatOthersWroteIntoTheLogNeverFails) {
  EXPECT_TRUE(events_of(happening(Source::orchestrator, "rendered", "{}")).empty());
  EXPECT_TRUE(events_of(happening(Source::orchestrator, "received", "{}")).empty());
  EXPECT_EQ(told(happening(Source::orchestrator, "promoted", "[1]", "7")), Told{"messagePromoted {}"});
  EXPECT_EQ(told(happening(Source::coordinator, "turn_taken", R"({"messages":5})")).size(), 2u);
  EXPECT_EQ(told(happening(Source::coordinator, "received", R"({"busy":"yes"})")).size(), 2u);
  EXPECT_EQ(told(happening(Source::orchestrator, "deferred", R"({"until":7})")),
            Told{R"(messageDeferred {"until":7})"});
}

}  // namespace
}  // namespace orchestrator::events
