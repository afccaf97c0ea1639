// Request bodies that are too deep, too large, malformed, or of the wrong type.

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "abuse/abuse_fixture.hpp"
#include "abuse/hostile_connections.hpp"
#include "support/eventually.hpp"

namespace orchestrator::abuse {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using nlohmann::json;

class AbuseBodies : public AbuseFixture {
 protected:
  std::size_t max_resident_mib() const override { return kMaxResidentMibWithBulk; }
};

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

// A message whose data contain `value`, which may be any text.
std::string message_with(const std::string& value) {
  return R"({"userId":"ann","agentId":"a","messageData":{"content":"x","y":)" + value + "}}";
}

std::string many_keys(std::size_t count) {
  std::string object = "{";
  for (std::size_t i = 0; i < count; ++i) object += "\"" + std::to_string(i) + "\":0,";
  return object + "\"last\":0}";
}

struct Body {
  const char* name;
  std::string text;
  int status;
};

std::vector<Body> hostile_json() {
  return {
      {"100,000 lists deep", message_with(std::string(100'000, '[') + std::string(100'000, ']')), 400},
      {"100,000 objects deep", message_with(repeated("{\"a\":", 100'000) + "1" + std::string(100'000, '}')),
       400},
      {"500,000 unclosed lists", message_with(std::string(500'000, '[')), 400},
      {"a number of 1,000,000 digits", message_with(std::string(1'000'000, '9')), 400},
      {"a fraction of 1,000,000 digits", message_with("0." + std::string(1'000'000, '9')), 200},
      {"1e999999", message_with("1e999999"), 400},
      {"-1e999999", message_with("-1e999999"), 400},
      {"1e-999999", message_with("1e-999999"), 200},
      {"-0", message_with("-0"), 200},
      {"2^64", message_with("18446744073709551616"), 400},
      {"-2^63-1", message_with("-9223372036854775809"), 400},
      {"NaN", message_with("NaN"), 400},
      {"90,000 keys", message_with(many_keys(90'000)), 200},
      {"a key twice", R"({"userId":"ann","userId":"eve","agentId":"a","messageData":{"content":"x"}})", 400},
      {"U+0000", message_with(R"("\u0000")"), 400},
      {"a NUL and more after the end", message_with("1") + "\0and more"s, 400},
      {"a raw NUL", message_with("\"\0\""s), 400},
      {"a raw line feed in a text", message_with("\"\n\""), 400},
      {"a lone surrogate", message_with(R"("\ud800")"), 400},
      {"surrogates in the wrong order", message_with(R"("\udc00\ud800")"), 400},
      {"an overlong slash", message_with("\"\xC0\xAF\""), 400},
      {"an incomplete character", message_with("\"\xE2\x82\""), 400},
      {"a byte order mark", "\xEF\xBB\xBF" + message_with("1"), 200},
      {"UTF-16", "\xFF\xFE{\0}\0"s, 400},
      {"two objects", message_with("1") + message_with("1"), 400},
      {"a comment", "/* */" + message_with("1"), 400},
      {"a trailing comma", message_with("[1,]"), 400},
      {"an empty body", "", 400},
      {"a list", "[]", 400},
      {"null", "null", 400},
  };
}

TEST_F(AbuseBodies, HostileJsonIsRefusedOrStored) {
  for (const auto& [name, text, status] : hostile_json()) {
    SCOPED_TRACE(name);
    EXPECT_EQ(ask("POST", "/schedule-message", text).status, status);
  }
}

TEST_F(AbuseBodies, HostileItemsDoNotFailOtherItemsOfABulkRequest) {
  const std::string valid =
      R"({"userId":"ann","agentId":"a","messageData":{"content":"valid"},"allowDuplicate":true})";
  for (const auto& [name, text, status] : hostile_json()) {
    if (text.find('\n') != std::string::npos || text.empty() || text.front() != '{') continue;
    SCOPED_TRACE(name);
    const auto answer = ask("POST", "/schedule-messages", text + "\n" + valid + "\n",
                            "Content-Type: application/x-ndjson\r\n");
    ASSERT_EQ(answer.status, 200);
    const json results = answer.json()["results"];
    ASSERT_EQ(results.size(), 2u);
    EXPECT_EQ(results[0]["success"], status == 200) << results[0];
    EXPECT_EQ(results[1]["success"], true) << results[1];
  }
}

TEST_F(AbuseBodies, HostileBulkRequestsAreRefused) {
  const std::vector<Body> bodies = {
      {"a number of 10 MB", "[" + repeated("9", 10'000'000) + "]", 200},
      {"16 MiB of brackets", std::string(16 * 1024 * 1024, '['), 400},
      {"16 MiB of line feeds", std::string(16 * 1024 * 1024, '\n'), 400},
      {"16 MiB of quotes", "[" + std::string(16 * 1024 * 1024 - 2, '"') + "]", 200},
      {"a million items", "[" + repeated("{},", 1'000'000) + "{}]", 413},
      {"a million keys in one", "[" + many_keys(1'000'000) + "]", 200},
      {"10,000 invalid items", "[" + repeated("{},", 9'999) + "{}]", 200},
      {"16 MiB and a byte", std::string(16 * 1024 * 1024 + 1, ' '), 413},
  };
  for (const auto& [name, text, status] : bodies) {
    SCOPED_TRACE(name);
    const auto answer = ask("POST", "/schedule-messages", text);
    EXPECT_EQ(answer.status, status);
    EXPECT_TRUE(answer.status != 200 || answer.json()["accepted"] == 0) << answer.body;
  }
}

struct Route {
  const char* method;
  const char* path;
  json body;  // a valid one
};

const json kMessage = {{"userId", "ann"},
                       {"agentId", "a"},
                       {"messageData", {{"content", "x"}}},
                       {"priority", "low"},
                       {"conversationId", "c"},
                       {"scheduledFor", "2026-11-20T18:00:00Z"},
                       {"expiresAt", "2099-11-20T18:00:00Z"},
                       {"idempotencyKey", "k"},
                       {"supersedeKey", "s"}};

const std::vector<Route> kRoutes = {
    {"POST", "/schedule-message", kMessage},
    {"POST", "/preview", kMessage},
    {"PUT",
     "/users/eve",
     {{"phoneNumber", "+15550100009"},
      {"timezone", "Europe/London"},
      {"quietHoursStart", "22:00"},
      {"quietHoursEnd", "08:00"}}},
    {"POST",
     "/inbound-messages",
     {{"contactId", "eve"},
      {"text", "x"},
      {"messageId", "m"},
      {"messageType", "text"},
      {"timestamp", "2026-11-20T18:00:00Z"}}},
    {"POST",
     "/inbound/019a0000-0000-7000-8000-000000000001/complete",
     {{"token", "t"}, {"success", true}, {"response", "r"}, {"error", "e"}, {"agentId", "a"}}},
    {"POST", "/inbound/019a0000-0000-7000-8000-000000000001/fail", {{"token", "t"}, {"error", "e"}}},
};

// Calls `check` with each body in which one field has been replaced by `value`.
void replace_each_field(const json& value,
                        const std::function<void(const Route&, const std::string&, const json&)>& check) {
  for (const Route& route : kRoutes) {
    for (const auto& [name, valid] : route.body.items()) {
      json body = route.body;
      body[name] = value;
      SCOPED_TRACE(std::string(route.method) + " " + route.path + " " + name);
      check(route, name, body);
    }
  }
}

TEST_F(AbuseBodies, FieldsOfTheWrongTypeCauseNoServerError) {
  const json deep = json::parse(R"([[{"a":{}}]])");
  for (const json& value : {json(true), json(-1), json(1.5), json(18446744073709551615U), json(1e300),
                            json(""), deep, json::object()}) {
    replace_each_field(value, [](const Route& route, const std::string&, const json& body) {
      EXPECT_LT(ask(route.method, route.path, body.dump()).status, 500);
    });
  }
}

// The turns do not exist, so a body that passes validation answers 404.
TEST_F(AbuseBodies, EveryTextFieldHasALengthLimit) {
  replace_each_field(json(std::string(900'000, 'x')),
                     [](const Route& route, const std::string& name, const json& body) {
                       const int status = ask(route.method, route.path, body.dump()).status;
                       EXPECT_GE(status, 400) << name;
                       EXPECT_LT(status, 500) << name;
                     });
}

TEST_F(AbuseBodies, TextsWithInjectionsAreStoredUnchangedOrRefused) {
  for (const char* text : {"'; DROP TABLE users; --", "\\'; select pg_sleep(1000); --", "$1", "{}", "%s%n%x",
                           "\r\nFrom: eve", "\x1b[2J", "\u202Eevil", "\u2028", "\u0085", "../../etc/passwd",
                           "${jndi:ldap://x}", "NULL", "\U0010FFFF"}) {
    replace_each_field(json(text), [](const Route& route, const std::string&, const json& body) {
      EXPECT_LT(ask(route.method, route.path, body.dump()).status, 500);
    });
    const json message = {
        {"userId", "ann"}, {"agentId", "a"}, {"messageData", {{"content", std::string("says ") + text}}}};
    const auto stored = ask("POST", "/schedule-message", message.dump());
    ASSERT_EQ(stored.status, 200);
    EXPECT_EQ(ask("GET", "/messages/" + stored.json()["messageId"].get<std::string>()).json()["content"],
              std::string("says ") + text);
  }
}

TEST_F(AbuseBodies, InvalidTimesAreRefused) {
  for (const char* time :
       {"99999-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "0000-00-00T00:00:00Z", "0000-01-01T00:00:00Z",
        "-001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-12-31T24:00:00Z", "2016-12-31T23:59:60Z",
        "2026-11-20T18:00:00+99:99", "2026-11-20T18:00:00+24:00", "2026-11-20T18:00:00", "2026-11-20", "now",
        "infinity", "1e9", "2026-11-20T18:00:00.1234567Z", "2026-11-20T18:00:00Z ",
        "2026-11-20T18:00:00Z; SELECT 1"}) {
    SCOPED_TRACE(time);
    for (const char* field : {"scheduledFor", "expiresAt"}) {
      json body = kMessage;
      body[field] = time;
      EXPECT_EQ(ask("POST", "/schedule-message", body.dump()).status, 400);
    }
    EXPECT_EQ(ask("POST", "/preview",
                  json{{"at", time}, {"userId", "ann"}, {"messageData", {{"content", "x"}}}, {"agentId", "a"}}
                      .dump())
                  .status,
              400);
    EXPECT_EQ(ask("POST", "/inbound-messages",
                  json{{"contactId", "eve"}, {"text", "x"}, {"timestamp", time}}.dump())
                  .status,
              400);
  }
}

// The responses together exceed the memory quota for unsent responses.
TEST_F(AbuseBodies, UnreadLargeResponsesAreBounded) {
  const std::string request =
      support::request_text("POST", "/schedule-messages", "[" + repeated("{},", 9'999) + "{}]");
  HostileConnections clients(port(), 100, HostileConnections::ReceiveBuffer::smallest);
  clients.send_on_all(request);
  EXPECT_TRUE(support::eventually([&] { return clients.count_answered() == clients.count(); }, 30s));
  std::printf("100 unread responses of 1.5 MB: peak of %zu MiB\n", process_stats().peak_resident_mib);
}

}  // namespace
}  // namespace orchestrator::abuse
