// POST /preview: the exact decision, without storing anything.

#include <gtest/gtest.h>

#include "api/fake_service.hpp"
#include "text/identifier.hpp"

namespace orchestrator::api {
namespace {

using nlohmann::json;
using support::Answer;
using support::exchange;
using testing::FakeService;

Answer preview(FakeService& service, const std::string& body) {
  return exchange(service.port(), "POST", "/preview", body);
}

struct Situation {
  const char* name;
  std::string body;
  const char* decision;
  const char* reason;       // "" when it is sent
  const char* eligible_at;  // "" for never
};

// `user` and `message` are fields; without a zone the user is in New York, by default.
std::string body_at(const std::string& at, const std::string& user, const std::string& message = {}) {
  return R"({"messageData":{"content":"x"},"at":")" + at + R"(","user":{)" + user + "}" +
         (message.empty() ? "" : "," + message) + "}";
}

std::vector<Situation> situations() {
  const std::string noon = "2026-11-20T17:00:00Z";
  return {
      {"nothing in the way", body_at(noon, ""), "send", "", "2026-11-20T17:00:00.000000Z"},
      {"quiet in the evening", body_at("2026-11-21T03:00:00Z", ""), "defer", "quiet_hours",
       "2026-11-21T13:00:00.000000Z"},
      {"one microsecond before quiet", body_at("2026-11-21T02:59:59.999999Z", ""), "send", "",
       "2026-11-21T02:59:59.999999Z"},
      {"one microsecond before the end", body_at("2026-11-21T12:59:59.999999Z", ""), "defer", "quiet_hours",
       "2026-11-21T13:00:00.000000Z"},
      {"the end of quiet", body_at("2026-11-21T13:00:00Z", ""), "send", "", "2026-11-21T13:00:00.000000Z"},
      {"quiet in Berlin", body_at("2026-11-20T21:30:00Z", R"("timezone":"Europe/Berlin")"), "defer",
       "quiet_hours", "2026-11-21T07:00:00.000000Z"},
      {"own quiet hours", body_at(noon, R"("quietHoursStart":"11:30","quietHoursEnd":"12:15")"), "defer",
       "quiet_hours", "2026-11-20T17:15:00.000000Z"},
      {"active at night", body_at("2026-11-21T03:00:00Z", R"("lastInboundAt":"2026-11-21T02:50:00.000001Z")"),
       "send", "", "2026-11-21T03:00:00.000000Z"},
      {"no longer active", body_at("2026-11-21T03:00:00Z", R"("lastInboundAt":"2026-11-21T02:50:00Z")"),
       "defer", "quiet_hours", "2026-11-21T13:00:00.000000Z"},
      {"cooldown by lastSentAt", body_at(noon, R"("lastSentAt":"2026-11-20T16:59:30.000001Z")"), "defer",
       "cooldown", "2026-11-20T17:00:00.000001Z"},
      {"cooldown by the newest send",
       body_at(noon, R"("recentSends":["2026-11-20T16:59:45Z","2026-11-20T16:00:01Z"])"), "defer", "cooldown",
       "2026-11-20T17:00:15.000000Z"},
      {"hourly limit, any order",
       body_at(noon, R"("hourlyLimit":2,"recentSends":["2026-11-20T16:30:00Z","2026-11-20T16:10:00Z",)"
                     R"("2026-11-20T12:00:00Z"])"),
       "defer", "hourly_limit_reached", "2026-11-20T17:10:00.000000Z"},
      {"daily limit by sentToday", body_at(noon, R"("sentToday":10)"), "defer", "daily_limit_reached",
       "2026-11-21T13:00:00.000000Z"},
      {"daily limit by the sends of the local day",
       body_at(noon, R"("dailyLimit":1,"recentSends":["2026-11-20T05:00:00Z"])"), "defer",
       "daily_limit_reached", "2026-11-21T13:00:00.000000Z"},
      {"yesterday's sends", body_at(noon, R"("dailyLimit":1,"recentSends":["2026-11-20T04:59:59Z"])"), "send",
       "", "2026-11-20T17:00:00.000000Z"},
      {"sentToday goes before the sends",
       body_at(noon, R"("dailyLimit":1,"sentToday":0,"recentSends":["2026-11-20T15:00:00Z"])"), "send", "",
       "2026-11-20T17:00:00.000000Z"},
      {"not due", body_at(noon, "", R"("scheduledFor":"2026-11-20T18:00:00.5Z")"), "defer", "not_due",
       "2026-11-20T18:00:00.500000Z"},
      {"dated back", body_at(noon, "", R"("scheduledFor":"1999-01-01T00:00:00Z")"), "send", "",
       "2026-11-20T17:00:00.000000Z"},
      {"in the far future", body_at("9998-06-01T17:00:00Z", ""), "send", "", "9998-06-01T17:00:00.000000Z"},
      {"best hour", body_at(noon, R"("responsePattern":{"bestHours":[15]})"), "defer", "optimal_time",
       "2026-11-20T20:00:00.000000Z"},
      {"expired", body_at(noon, "", R"("expiresAt":"2026-11-20T17:00:00Z")"), "expire", "expired", ""},
      {"expires while it is quiet",
       body_at("2026-11-21T03:00:00Z", "", R"("expiresAt":"2026-11-21T12:00:00Z")"), "defer", "quiet_hours",
       ""},
      {"opted out", body_at(noon, R"("optedOut":true)"), "cancel", "opted_out", ""},
  };
}

TEST(PreviewRoutes, FindsTheExactFirstInstant) {
  FakeService service;
  for (const auto& [name, body, decision, reason, eligible_at] : situations()) {
    SCOPED_TRACE(name);
    const Answer answer = preview(service, body);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const json verdict = answer.json();
    EXPECT_EQ(verdict["decision"], decision);
    EXPECT_EQ(verdict["reason"], *reason == '\0' ? json(nullptr) : json(reason));
    EXPECT_EQ(verdict["eligibleAt"], *eligible_at == '\0' ? json(nullptr) : json(eligible_at));
    ASSERT_EQ(verdict["rules"].size(), 10);
    for (const json& rule : verdict["rules"]) {
      EXPECT_TRUE(rule["verdict"] == "pass" || rule["verdict"] == "block") << rule;
      EXPECT_FALSE(rule["detail"].get<std::string>().empty()) << rule;
    }
  }
  EXPECT_TRUE(service.scheduled().empty());
}

TEST(PreviewRoutes, AtDefaultsToNow) {
  FakeService service;  // now: 13:00 in New York
  EXPECT_EQ(preview(service, R"({"user":{}})").json()["eligibleAt"], "2026-11-20T18:00:00.000000Z");
}

TEST(PreviewRoutes, ReportsEveryRule) {
  FakeService service;
  const json rules = preview(service, body_at("2026-11-21T03:00:00Z", R"("sentToday":10)")).json()["rules"];
  EXPECT_EQ(rules[0]["rule"], "expired");
  EXPECT_EQ(rules[0]["verdict"], "pass");
  EXPECT_FALSE(rules[0].contains("until"));
  EXPECT_EQ(rules[8]["rule"], "daily_limit");
  EXPECT_EQ(rules[8]["verdict"], "block");
  EXPECT_EQ(rules[8]["until"], "2026-11-21T05:00:00.000000Z");
  EXPECT_EQ(rules[9]["rule"], "quiet_hours");
  EXPECT_EQ(rules[9]["until"], "2026-11-21T13:00:00.000000Z");
}

TEST(PreviewRoutes, UsesTheFactsOfAStoredUser) {
  FakeService service;
  UserRecord record;
  record.user.id = UserId("u");
  record.facts.timezone = "America/New_York";
  record.facts.last_outbound_at = parse_instant("2026-11-20T17:59:50Z");
  service.known_user = record;
  const json verdict = preview(service, R"({"userId":"u","messageData":{"content":"x"}})").json();
  EXPECT_EQ(verdict["reason"], "cooldown");
  EXPECT_EQ(verdict["eligibleAt"], "2026-11-20T18:00:20.000000Z");

  const Answer unknown = preview(service, R"({"userId":"unknown","messageData":{"content":"x"}})");
  EXPECT_EQ(unknown.status, 422);
  EXPECT_EQ(unknown.error(), "unknown_user");
}

TEST(PreviewRoutes, RefusesInvalidBodies) {
  struct BadBody {
    std::string body;
    int status;
    const char* error;
  };
  const std::string noon = "2026-11-20T17:00:00Z";
  const std::vector<BadBody> bad_bodies = {
      {"", 400, "invalid_json"},
      {"[]", 400, "invalid_json"},
      {"{}", 400, "missing_fields"},
      {R"({"userId":"u","user":{}})", 400, "conflicting_users"},
      {R"({"user":[]})", 400, "invalid_field"},
      {R"({"user":{},"At":"x"})", 400, "unknown_field"},
      {R"({"user":{},"at":"tomorrow"})", 400, "invalid_field"},
      {R"({"user":{},"at":5})", 400, "invalid_field"},
      {R"({"user":{},"priority":"now"})", 400, "invalid_priority"},
      {R"({"user":{},"messageData":{"content":5}})", 400, "invalid_field"},
      {R"({"user":{},"messageData":{}})", 422, "no_content"},
      {R"({"user":{},"scheduledFor":"2026-11-20"})", 400, "invalid_field"},
      {body_at(noon, R"("active":true)"), 400, "unknown_field"},
      {body_at(noon, R"("timezone":"Mars/Olympus")"), 422, "invalid_timezone"},
      {body_at(noon, R"("quietHoursStart":"25:00")"), 422, "invalid_time"},
      {body_at(noon, R"("sentToday":-1)"), 422, "invalid_limit"},
      {body_at(noon, R"("sentToday":"1")"), 400, "invalid_field"},
      {body_at(noon, R"("recentSends":"2026-11-20T15:00:00Z")"), 400, "invalid_field"},
      {body_at(noon, R"("recentSends":["2026-11-20T15:00:00Z",5])"), 400, "invalid_field"},
      {body_at(noon, R"("recentSends":["yesterday"])"), 400, "invalid_field"},
      {body_at(noon, R"("lastSentAt":"2026-11-20T15:00:00")"), 400, "invalid_field"},
      {body_at(noon, R"("lastInboundAt":1)"), 400, "invalid_field"},
      {body_at(noon, R"("optedOut":"no")"), 400, "invalid_field"},
  };
  FakeService service;
  for (const auto& [body, status, error] : bad_bodies) {
    SCOPED_TRACE(body);
    const Answer answer = preview(service, body);
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.error(), error) << answer.body;
  }
  EXPECT_EQ(preview(service, "{}").json()["required"], json::parse(R"(["userId"])"));
}

}  // namespace
}  // namespace orchestrator::api
