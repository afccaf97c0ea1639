// The largest bulk requests, one at a time.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "abuse/abuse_fixture.hpp"
#include "support/http_client.hpp"

namespace orchestrator::abuse {
namespace {

using nlohmann::json;

class BulkMemory : public AbuseFixture {
 protected:
  std::size_t max_resident_mib() const override { return support::kIsSanitized ? 2'048 : 48; }

  // Posts messages that fill the body, each with a text of `content` and other data of `other` characters.
  void post_full_body(std::size_t content, std::size_t other) {
    constexpr std::size_t kBodyBytes = std::size_t{16} * 1024 * 1024;
    const std::size_t count = std::min<std::size_t>(10'000, kBodyBytes / (content + other + 150));
    json items = json::array();
    for (std::size_t i = 0; i < count; ++i) {
      const std::string number = std::to_string(++messages_) + " ";
      items.push_back({{"userId", "ann"},
                       {"agentId", "a"},
                       {"messageData",
                        {{"content", number + std::string(content - number.size(), 'x')},
                         {"other", std::string(other, 'y')}}}});
    }
    support::HttpClient http(port(), std::chrono::seconds(support::kIsSanitized ? 300 : 60));
    const auto answer = http.post("/schedule-messages", items);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json()["accepted"], count);
    std::printf("%zu messages: peak of %zu MiB\n", count, process_stats().peak_resident_mib);
  }

 private:
  int messages_ = 0;
};

TEST_F(BulkMemory, IsBoundedWithManyMessages) {
  for (int i = 0; i < 3; ++i) post_full_body(1'500, 10);
}

TEST_F(BulkMemory, IsBoundedWithLargeMessages) {
  for (int i = 0; i < 3; ++i) post_full_body(1'500, 1'000'000);
}

}  // namespace
}  // namespace orchestrator::abuse
