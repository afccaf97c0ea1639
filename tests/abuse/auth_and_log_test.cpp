// Wrong API keys, forged webhook signatures, and attempts to forge log lines.

#include <gtest/gtest.h>

#include <string>

#include "abuse/abuse_fixture.hpp"
#include "abuse/hostile_connections.hpp"

namespace orchestrator::abuse {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using nlohmann::json;
using support::exchange;

class AbuseAuthAndLog : public AbuseFixture {};

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST_F(AbuseAuthAndLog, TenThousandWrongKeysAreRefusedAndDoNotFillTheLog) {
  support::RunningService running(support::Variables{{"API_KEYS", "right-key,second-key"}});
  const int port = running.service.port();
  const std::size_t log_size = running.service.output().size();
  const std::size_t threads = process_stats_of(running.service.pid()).threads;
  for (int i = 0; i < 10'000; ++i) {
    const std::string key = i % 3 == 0   ? "right-ke" + std::to_string(i)
                            : i % 3 == 1 ? std::string(7'000, 'x')
                                         : "right-key ,";
    const Answer answer = exchange(port, "GET", "/users/ann", {}, "Authorization: Bearer " + key + "\r\n");
    ASSERT_EQ(answer.status, 401);
    if (i % 1'000 == 0) expect_well_formed(answer);
  }
  for (const char* header :
       {"", "Authorization: \r\n", "Authorization: Bearer\r\n", "Authorization: Bearer \r\n",
        "Authorization: Basic right-key\r\n", "Authorization: bearer right-key, second-key\r\n",
        "Authorization: Bearer right-key\r\nAuthorization: Bearer right-key\r\n", "X-Api-Key: right-key\r\n",
        "Authorization: Bearer right-key\x01\r\n"}) {
    const int status = exchange(port, "GET", "/users/ann", {}, header).status;
    EXPECT_TRUE(status == 401 || status == 400) << header << status;
  }
  EXPECT_EQ(exchange(port, "GET", "/users/ann", {}, "Authorization: Bearer right-key\r\n").status, 404);
  EXPECT_EQ(exchange(port, "GET", "/health").status, 200);
  EXPECT_LE(running.service.output().size(), log_size + 1'000);
  EXPECT_LE(process_stats_of(running.service.pid()).threads, threads + 8);
  EXPECT_LE(process_stats_of(running.service.pid()).peak_resident_mib, kMaxResidentMib);
}

TEST_F(AbuseAuthAndLog, UnsignedWebhooksAreRefusedWhateverTheirBody) {
  const std::string fields = repeated("a=1&", 10'000);
  const std::string payload =
      R"({"entry":[)" + repeated(R"({"changes":[{"value":{"messages":[{"from":"1"}]}}]},)", 10'000) + "{}]}";
  for (const char* signature : {"", "X-Twilio-Signature: \r\n", "X-Twilio-Signature: AAAA\r\n",
                                "X-Twilio-Signature: 6j3cp6HOic7yygfMmdiIHd6rrlo=\r\n",
                                "X-Twilio-Signature: a\r\nX-Twilio-Signature: b\r\n"}) {
    for (const std::string& body : {fields, "Body=Hi&From=%2B15550100000"s, "Body=%00"s, "Body=%ff"s, "%"s,
                                    "Body=" + std::string(1'000'000, 'a'), ""s}) {
      for (const char* path : {"/webhooks/twilio/sms", "/webhooks/twilio/status"}) {
        const int status = ask("POST", path, body, signature).status;
        EXPECT_TRUE(status == 403 || status == 400) << status;
      }
    }
  }
  for (const char* signature : {"", "X-Hub-Signature-256: sha256=\r\n", "X-Hub-Signature-256: sha1=00\r\n"}) {
    EXPECT_EQ(ask("POST", "/webhooks/whatsapp", payload, signature).status, 403);
    EXPECT_EQ(ask("POST", "/webhooks/whatsapp", std::string(4'000'000, '['), signature).status, 403);
  }
  EXPECT_EQ(ask("POST", "/webhooks/whatsapp", std::string(4 * 1024 * 1024 + 1, ' ')).status, 413);
}

TEST_F(AbuseAuthAndLog, ClientsCannotForgeLogLines) {
  support::RunningService running({{"SENDER", "console"}, {"LOG_LEVEL", "debug"}});
  running.add_user("ann");
  const int port = running.service.port();
  const std::size_t log_size = running.service.output().size();
  const std::string forged =
      "\n2026-11-20T18:24:05.123Z error forged\r\nforged\x1b[31mforged\u0085forged\u009b31mforged\u2028";
  EXPECT_EQ(exchange(port, "POST", "/schedule-message",
                     support::message_body("ann", "Hello" + forged, "urgent").dump())
                .status,
            200);
  exchange(port, "POST", "/inbound-messages",
           json{{"contactId", "eve"}, {"text", "Hello" + forged}, {"messageType", "x" + forged}}.dump());
  exchange(port, "POST", "/schedule-message", support::message_body("ann" + forged, "Hello").dump());
  exchange(port, "PUT", "/users/x%0a2026-11-20T18:24:05.123Z%20error%20forged", "{}");
  exchange(port, "GET", "/users/x%0aforged%1b");
  exchange(port, "GET", "/messages/%0aforged", {}, "User-Agent: forged\x1b[31m\r\n");
  ASSERT_TRUE(running.service.prints("Hello"));
  const std::string log = running.service.output().substr(log_size);
  EXPECT_EQ(forged_lines(log), std::vector<std::string>{});
  for (const char* control : {"\x1b", "\u0085", "\u009b", "\u2028", "error forged\n"}) {
    EXPECT_EQ(log.find(control), std::string::npos) << log;
  }
}

}  // namespace
}  // namespace orchestrator::abuse
