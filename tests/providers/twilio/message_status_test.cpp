#include "providers/twilio/message_status.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace orchestrator::twilio {
namespace {

using Status = DeliveryReport::Status;

TEST(TwilioMessageStatus, IsSpelledAsInTheDocumentation) {
  const std::vector<std::pair<std::string, std::optional<Status>>> table = {
      {"accepted", Status::sent},  {"scheduled", Status::sent},
      {"queued", Status::sent},    {"sending", Status::sent},
      {"sent", Status::sent},      {"delivered", Status::delivered},
      {"read", Status::delivered}, {"undelivered", Status::undelivered},
      {"failed", Status::failed},  {"canceled", Status::failed},
      {"received", std::nullopt},  {"", std::nullopt}};
  for (const auto& [text, status] : table) EXPECT_EQ(message_status(text), status) << text;
}

TEST(TwilioMessageStatus, PrecedesSentWhileTwilioStillHasTheMessage) {
  for (const char* status : {"accepted", "scheduled", "queued", "sending"}) {
    EXPECT_TRUE(is_before_sent(status)) << status;
  }
  for (const char* status : {"sent", "delivered", "failed", "received", ""}) {
    EXPECT_FALSE(is_before_sent(status)) << status;
  }
}

}  // namespace
}  // namespace orchestrator::twilio
