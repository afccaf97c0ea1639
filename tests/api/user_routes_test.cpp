// PUT and GET /users/{id}.

#include <gtest/gtest.h>

#include "api/fake_service.hpp"

namespace orchestrator::api {
namespace {

using namespace std::chrono_literals;
using support::Answer;
using support::exchange;
using testing::FakeService;

Answer put(FakeService& service, std::string_view id, std::string_view body) {
  return exchange(service.port(), "PUT", "/users/" + std::string(id), body);
}

TEST(UserRoutes, PutStoresAllSettings) {
  FakeService service;
  const std::string body = R"({"phoneNumber":"+4915112345678","timezone":"Europe/Berlin",)"
                           R"("quietHoursStart":"21:30","quietHoursEnd":"24:00","quietHoursEnabled":false,)"
                           R"("hourlyLimit":0,"dailyLimit":100000,)"
                           R"("responsePattern":{"bestHours":[9,0,23],"preferredDays":["monday","sunday"]}})";
  EXPECT_EQ(put(service, "user_1", body).status, 201);
  EXPECT_EQ(put(service, "user_1", body).status, 200);

  const auto user = service.stored_user("user_1");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->phone_number, "+4915112345678");
  EXPECT_EQ(user->timezone, "Europe/Berlin");
  EXPECT_EQ(user->quiet_hours_start, TimeOfDay(21h + 30min));
  EXPECT_EQ(user->quiet_hours_end, TimeOfDay(24h));
  EXPECT_EQ(user->quiet_hours_enabled, false);
  EXPECT_EQ(user->hourly_limit, 0);
  EXPECT_EQ(user->daily_limit, 100'000);
  ASSERT_TRUE(user->response_pattern);
  EXPECT_EQ(user->response_pattern->best_hours, std::bitset<24>((1U << 0U) | (1U << 9U) | (1U << 23U)));
  EXPECT_EQ(user->response_pattern->preferred_days, std::bitset<7>(0b0000011));
}

TEST(UserRoutes, AbsentAndNullSettingsTakeTheirDefaults) {
  FakeService service;
  for (const char* body :
       {"{}", R"({"phoneNumber":null,"timezone":null,"dailyLimit":null,"responsePattern":null})"}) {
    put(service, "u", R"({"phoneNumber":"+4915112345678","dailyLimit":3})");
    EXPECT_EQ(put(service, "u", body).status, 200);
    const auto user = service.stored_user("u");
    ASSERT_TRUE(user);
    EXPECT_EQ(user->timezone, "America/New_York");
    EXPECT_EQ(user->phone_number, std::nullopt);
    EXPECT_EQ(user->daily_limit, std::nullopt);
    EXPECT_FALSE(user->response_pattern);
  }
}

TEST(UserRoutes, RefusesInvalidSettingsAndStoresNothing) {
  struct BadSetting {
    const char* body;
    int status;
    const char* error;
  };
  const std::vector<BadSetting> bad_settings = {
      {"", 400, "invalid_json"},
      {"[]", 400, "invalid_json"},
      {R"({"timeZone":"Europe/Berlin"})", 400, "unknown_field"},
      {R"({"phoneNumber":15551234567})", 400, "invalid_field"},
      {R"({"phoneNumber":""})", 422, "invalid_phone_number"},
      {R"({"phoneNumber":"15551234567"})", 422, "invalid_phone_number"},
      {R"({"phoneNumber":"+05551234567"})", 422, "invalid_phone_number"},
      {R"({"phoneNumber":"+123456"})", 422, "invalid_phone_number"},
      {R"({"phoneNumber":"+1234567890123456"})", 422, "invalid_phone_number"},
      {R"({"phoneNumber":"+1 555 123 4567"})", 422, "invalid_phone_number"},
      {R"({"timezone":"Mars/Olympus"})", 422, "invalid_timezone"},
      {R"({"timezone":""})", 422, "invalid_timezone"},
      {R"({"timezone":5})", 400, "invalid_field"},
      {R"({"quietHoursStart":"24:00"})", 422, "invalid_time"},
      {R"({"quietHoursStart":"22"})", 422, "invalid_time"},
      {R"({"quietHoursStart":"22:60"})", 422, "invalid_time"},
      {R"({"quietHoursEnd":"24:01"})", 422, "invalid_time"},
      {R"({"quietHoursEnd":"8:00"})", 422, "invalid_time"},
      {R"({"quietHoursEnd":"08:00:60"})", 422, "invalid_time"},
      {R"({"quietHoursEnd":"08-00"})", 422, "invalid_time"},
      {R"({"quietHoursEnd":800})", 400, "invalid_field"},
      {R"({"quietHoursEnabled":"no"})", 400, "invalid_field"},
      {R"({"hourlyLimit":-1})", 422, "invalid_limit"},
      {R"({"hourlyLimit":1.9})", 422, "invalid_limit"},
      {R"({"hourlyLimit":1.0})", 422, "invalid_limit"},
      {R"({"hourlyLimit":100001})", 422, "invalid_limit"},
      {R"({"dailyLimit":4294967297})", 422, "invalid_limit"},
      {R"({"dailyLimit":"5"})", 400, "invalid_field"},
      {R"({"responsePattern":[]})", 400, "invalid_field"},
      {R"({"responsePattern":{"bestHour":[1]}})", 400, "unknown_field"},
      {R"({"responsePattern":{"bestHours":9}})", 400, "invalid_field"},
      {R"({"responsePattern":{"bestHours":[24]}})", 422, "invalid_response_pattern"},
      {R"({"responsePattern":{"bestHours":[9.5]}})", 422, "invalid_response_pattern"},
      {R"({"responsePattern":{"bestHours":[9,9]}})", 422, "invalid_response_pattern"},
      {R"({"responsePattern":{"preferredDays":["Monday"]}})", 422, "invalid_response_pattern"},
      {R"({"responsePattern":{"preferredDays":[1]}})", 422, "invalid_response_pattern"},
  };
  FakeService service;
  for (const auto& [body, status, error] : bad_settings) {
    SCOPED_TRACE(body);
    const Answer answer = put(service, "u", body);
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.error(), error) << answer.body;
  }
  EXPECT_FALSE(service.stored_user("u"));
}

TEST(UserRoutes, TheIdInThePathIsPercentEncoded) {
  FakeService service;
  EXPECT_EQ(put(service, "a%2Fb%20%C3%A9", "{}").status, 201);
  EXPECT_TRUE(service.stored_user("a/b \xC3\xA9"));
  for (const std::string& id :
       {std::string("%00"), std::string("a%0d%0aX-Injected:%20yes"), std::string("%FF"), std::string("%"),
        std::string("%2"), std::string("%zz"), std::string("%20"), std::string(201, 'x')}) {
    SCOPED_TRACE(id);
    const Answer answer = put(service, id, "{}");
    EXPECT_EQ(answer.status, 400);
    EXPECT_FALSE(answer.headers.contains("x-injected"));
  }
  EXPECT_EQ(put(service, "", "{}").status, 404);
  EXPECT_EQ(put(service, "a/b", "{}").status, 404);
}

TEST(UserRoutes, PassesOnRefusalsOfStorage) {
  FakeService service;
  service.reject_with = Rejection{.status = 409, .code = "phone_number_taken", .message = "Another user's."};
  EXPECT_EQ(put(service, "u", "{}").status, 409);
}

TEST(UserRoutes, GetShowsSettingsAndTheStateOfTheRules) {
  FakeService service;  // now: 13:00 in New York
  UserRecord record;
  record.user.id = UserId("user_1");
  record.user.phone_number = "+15551234567";
  record.user.timezone = "America/New_York";
  record.user.quiet_hours_start = 21h + 30min;
  record.user.daily_limit = 2;
  record.facts.timezone = "America/New_York";
  record.facts.quiet_hours_start = 21h + 30min;
  record.facts.daily_limit = 2;
  record.facts.last_outbound_at = parse_instant("2026-11-20T17:30:00Z");
  record.facts.recent_sends = {*parse_instant("2026-11-20T16:59:00Z"),
                               *parse_instant("2026-11-20T17:30:00Z")};
  record.facts.counted_date = std::chrono::local_days{std::chrono::year{2026} / 11 / 20};
  record.facts.sent_on_date = 2;
  record.created_at = *parse_instant("2026-11-01T00:00:00Z");
  record.updated_at = *parse_instant("2026-11-02T00:00:00Z");
  record.next_attempt_at = parse_instant("2026-11-21T13:00:00Z");
  service.known_user = record;

  const Answer answer = exchange(service.port(), "GET", "/users/user_1");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json(), nlohmann::json::parse(R"({
    "userId": "user_1", "phoneNumber": "+15551234567", "timezone": "America/New_York",
    "quietHoursStart": "21:30", "quietHoursEnd": null, "quietHoursEnabled": null,
    "hourlyLimit": null, "dailyLimit": 2, "responsePattern": null,
    "effective": {"timezone": "America/New_York", "quietHoursStart": "21:30", "quietHoursEnd": "08:00",
                  "quietHoursEnabled": true, "hourlyLimit": 5, "dailyLimit": 2, "cooldownSeconds": 30},
    "active": false, "optedOutAt": null,
    "blocked": {"by": "daily_limit_reached", "until": "2026-11-21T13:00:00.000000Z"},
    "nextAttemptAt": "2026-11-21T13:00:00.000000Z",
    "budget": {"date": "2026-11-20", "messagesSent": 2, "dailyLimit": 2, "sentLastHour": 1, "hourlyLimit": 5,
               "lastMessageAt": "2026-11-20T17:30:00.000000Z", "lastInboundAt": null},
    "createdAt": "2026-11-01T00:00:00.000000Z", "updatedAt": "2026-11-02T00:00:00.000000Z"})"));
}

TEST(UserRoutes, GetShowsWhichRuleBlocksTheUser) {
  FakeService service;
  UserRecord record;
  record.user.id = UserId("u");
  record.facts.timezone = record.user.timezone = "America/New_York";
  service.known_user = record;
  EXPECT_EQ(exchange(service.port(), "GET", "/users/u").json()["blocked"], nullptr);

  service.known_user->facts.opted_out = true;
  service.known_user->opted_out_at = parse_instant("2026-11-19T00:00:00Z");
  const auto user = exchange(service.port(), "GET", "/users/u").json();
  EXPECT_EQ(user["blocked"], nlohmann::json::parse(R"({"by":"opted_out","until":null})"));
  EXPECT_EQ(user["optedOutAt"], "2026-11-19T00:00:00.000000Z");
}

TEST(UserRoutes, TheResponseOfGetCanBePut) {
  FakeService service;
  UserRecord record;
  record.user.id = UserId("u");
  record.user.phone_number = "+15551234567";
  record.facts.timezone = record.user.timezone = "Europe/Berlin";
  record.user.quiet_hours_end = 7h + 15min;
  record.user.response_pattern = ResponsePattern{.best_hours = 0b1100, .preferred_days = 0b1000001};
  service.known_user = record;
  const std::string body = exchange(service.port(), "GET", "/users/u").body;
  EXPECT_EQ(nlohmann::json::parse(body)["responsePattern"],
            nlohmann::json::parse(R"({"bestHours":[2,3],"preferredDays":["sunday","saturday"]})"));
  ASSERT_EQ(put(service, "u", body).status, 201);
  const auto user = service.stored_user("u");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->phone_number, record.user.phone_number);
  EXPECT_EQ(user->quiet_hours_end, record.user.quiet_hours_end);
  EXPECT_EQ(user->response_pattern, record.user.response_pattern);
}

TEST(UserRoutes, GetOfAnUnknownUserAnswers404) {
  FakeService service;
  const Answer answer = exchange(service.port(), "GET", "/users/unknown");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.error(), "unknown_user");
}

}  // namespace
}  // namespace orchestrator::api
