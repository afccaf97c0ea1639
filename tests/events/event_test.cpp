// Which events each row becomes.

#include "events/event.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace orchestrator::events {
namespace {

using nlohmann::json;
using Source = EventRow::Source;

constexpr const char* kId = "019a0000-0000-7000-8000-000000000001";

EventRow row_of(Source source, const std::string& action, const std::string& input,
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

// The events of `row`, each as "name data". Checks `at` and `userId` and removes them from the data.
std::vector<std::string> published(const EventRow& row) {
  std::vector<std::string> texts;
  for (const Event& event : events_of(row)) {
    EXPECT_EQ(event.data.find('\n'), std::string::npos);
    json data = json::parse(event.data);
    EXPECT_EQ(data["at"], "2026-11-20T18:00:00.000000Z");
    EXPECT_EQ(data.value("userId", "*"), row.user.value);
    data.erase("at");
    data.erase("userId");
    texts.push_back(event.name + " " + data.dump());
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Events, OfOutboundMessages) {
  EXPECT_EQ(published(row_of(Source::queue, "scheduled",
                             R"({"message_id":"m","agent_id":"a","priority":"high",)"
                             R"("scheduled_for":"2026-11-20T19:00:00+01:00"})")),
            Texts{R"(messageScheduled {"agentId":"a","messageId":"m","priority":"high",)"
                  R"("scheduledFor":"2026-11-20T18:00:00.000000Z"})"});
  EXPECT_EQ(published(row_of(Source::orchestrator, "promoted", R"({"message_id":"m","priority":"low"})",
                             R"({"sent_as":"s"})")),
            Texts{R"(messagePromoted {"messageId":"m","priority":"low","sentAs":"s"})"});
  EXPECT_EQ(published(row_of(Source::orchestrator, "deferred", R"({"message_id":"m"})",
                             R"({"reason":"quiet_hours","until":"2026-11-21T08:00:00.5+00:00"})")),
            Texts{R"(messageDeferred {"messageId":"m","reason":"quiet_hours",)"
                  R"("until":"2026-11-21T08:00:00.500000Z"})"});
  const std::pair<const char*, const char*> ends[] = {{"expired", "messageExpired"},
                                                      {"cancelled", "messageCancelled"},
                                                      {"superseded", "messageSuperseded"},
                                                      {"failed", "messageFailed"}};
  for (const auto& [action, event] : ends) {
    EXPECT_EQ(published(row_of(Source::orchestrator, action, R"({"message_id":"m"})", R"({"reason":"r"})")),
              Texts{event + std::string(R"( {"messageId":"m","reason":"r"})")});
  }
}

TEST(Events, OfInboundMessages) {
  EventRow row = row_of(Source::coordinator, "received", R"({"contact_id":"+1555","message_id":"m"})",
                        R"({"waiting":2})");
  row.text = "Hello\n\"there\"";
  EXPECT_EQ(
      published(row),
      (Texts{R"(messageReceived {"contactId":"+1555","messageId":"m","text":"Hello\n\"there\"","waiting":2})",
             R"(messageEnqueued {"contactId":"+1555","messageId":"m","waiting":2})"}));
  row.output = R"({"waiting":2,"busy":true})";
  EXPECT_EQ(published(row).back(),
            R"(messageQueued {"busy":true,"contactId":"+1555","messageId":"m","waiting":2})");
  row.output = R"({"waiting":2,"busy":false})";
  EXPECT_EQ(published(row).size(), 2u);

  EXPECT_EQ(published(row_of(Source::coordinator, "duplicate", R"({"contact_id":"c","duplicate_of":"m"})")),
            (Texts{R"(messageReceived {"contactId":"c","duplicateOf":"m"})",
                   R"(duplicateDetected {"contactId":"c","duplicateOf":"m"})"}));
  EXPECT_EQ(published(row_of(Source::coordinator, "dropped", R"({"contact_id":"c","message_id":"m"})")),
            Texts{R"(messageDropped {"contactId":"c","messageId":"m"})"});
  EXPECT_EQ(published(row_of(Source::coordinator, "opted_out", R"({"contact_id":"c"})")),
            Texts{R"(optedOut {"contactId":"c"})"});
  EXPECT_EQ(published(row_of(Source::coordinator, "opted_in", R"({"contact_id":"c"})")),
            Texts{R"(optedIn {"contactId":"c"})"});
}

TEST(Events, OfTurns) {
  EXPECT_EQ(published(row_of(Source::coordinator, "turn_taken",
                             R"({"contact_id":"c","turn_id":"t","attempt":1,"messages":["m"]})")),
            (Texts{R"(lockAcquired {"attempt":1,"contactId":"c","messages":["m"],"turnId":"t"})",
                   R"(messageDequeued {"attempt":1,"contactId":"c","messages":["m"],"turnId":"t"})"}));
  EXPECT_EQ(published(row_of(Source::coordinator, "turn_taken",
                             R"({"contact_id":"c","turn_id":"t","attempt":1,"messages":["m","n"]})"))
                .back(),
            R"(batchCreated {"attempt":1,"contactId":"c","messages":["m","n"],"size":2,"turnId":"t"})");

  EventRow done =
      row_of(Source::coordinator, "turn_done", R"({"contact_id":"c","turn_id":"t"})", R"({"reply":"r"})");
  done.latency_ms = 1234;
  EXPECT_EQ(published(done),
            (Texts{R"(processingComplete {"contactId":"c","duration":1234,"reply":"r","turnId":"t"})",
                   R"(lockReleased {"contactId":"c","duration":1234,"reply":"r","turnId":"t"})"}));
  for (const char* action : {"turn_retried", "turn_failed"}) {
    EventRow failed = row_of(Source::coordinator, action, R"({"contact_id":"c","turn_id":"t"})");
    failed.error = "timeout";
    EXPECT_EQ(published(failed), (Texts{R"(processingError {"contactId":"c","error":"timeout","turnId":"t"})",
                                        R"(lockReleased {"contactId":"c","error":"timeout","turnId":"t"})"}));
  }
  EXPECT_EQ(published(row_of(Source::coordinator, "turn_recovered", R"({"contact_id":"c","turn_id":"t"})")),
            (Texts{R"(deadlocksResolved {"contactId":"c","count":1,"turnId":"t"})",
                   R"(lockReleased {"contactId":"c","turnId":"t"})"}));
  EXPECT_EQ(published(row_of(Source::coordinator, "turn_failed", R"({"contact_id":"c"})",
                             R"({"attempt":3,"recovered":true})")),
            (Texts{R"(deadlocksResolved {"attempt":3,"contactId":"c","count":1,"recovered":true})",
                   R"(processingError {"attempt":3,"contactId":"c","recovered":true})",
                   R"(lockReleased {"attempt":3,"contactId":"c","recovered":true})"}));
  EXPECT_EQ(published(row_of(Source::coordinator, "turn_given_back", R"({"contact_id":"c"})")),
            Texts{R"(lockReleased {"contactId":"c"})"});
  EXPECT_EQ(published(row_of(Source::coordinator, "unlocked", R"({"contact_id":"c"})")),
            Texts{R"(lockReleased {"contactId":"c"})"});
}

TEST(Events, OfHousekeeping) {
  EXPECT_EQ(published(row_of(Source::coordinator, "flushed", R"({"contact_id":"c"})", R"({"count":3})")),
            Texts{R"(queueFlushed {"contactId":"c","count":3})"});
  EventRow all = row_of(Source::coordinator, "emergency_flushed", "{}", R"({"contacts":2,"count":3})");
  all.user = UserId{"*"};
  EXPECT_EQ(published(all), Texts{R"(emergencyFlush {"contacts":2,"count":3})"});
  all.action = "cleaned_up";
  all.output = R"({"count":9})";
  EXPECT_EQ(published(all), Texts{R"(autoCleanup {"count":9})"});
}

TEST(Events, SeveralEventsOfOneRowAreNumbered) {
  const auto two = events_of(row_of(Source::coordinator, "received", "{}"));
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].id, std::string(kId) + ".0");
  EXPECT_EQ(two[1].id, std::string(kId) + ".1");
  EXPECT_EQ(events_of(row_of(Source::coordinator, "opted_in", "{}")).at(0).id, kId);
}

TEST(Events, AcceptAnyRowThatOtherProgramsWrote) {
  EXPECT_TRUE(events_of(row_of(Source::orchestrator, "rendered", "{}")).empty());
  EXPECT_TRUE(events_of(row_of(Source::orchestrator, "received", "{}")).empty());
  EXPECT_EQ(published(row_of(Source::orchestrator, "promoted", "[1]", "7")), Texts{"messagePromoted {}"});
  EXPECT_EQ(published(row_of(Source::coordinator, "turn_taken", R"({"messages":5})")).size(), 2u);
  EXPECT_EQ(published(row_of(Source::coordinator, "received", R"({"busy":"yes"})")).size(), 2u);
  EXPECT_EQ(published(row_of(Source::orchestrator, "deferred", R"({"until":7})")),
            Texts{R"(messageDeferred {"until":7})"});
}

}  // namespace
}  // namespace orchestrator::events
