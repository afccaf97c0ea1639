// Status callbacks in the shape that Twilio documents:
// https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
#include "providers/twilio/webhook.hpp"

#include <gtest/gtest.h>

#include <string>

namespace orchestrator::twilio {
namespace {

constexpr const char* kMessage = "019f1f3d-86a5-7d3e-8007-0123456789ab";

text::FormFields callback(const std::string& status, const std::string& error_code = "") {
  text::FormFields fields = {{"AccountSid", "AC00000000000000000000000000000001"},
                             {"ApiVersion", "2010-04-01"},
                             {"From", "+15550109999"},
                             {"MessageSid", "SM00000000000000000000000000000002"},
                             {"MessageStatus", status},
                             {"RawDlrDoneDate", "2611201200"},
                             {"SmsSid", "SM00000000000000000000000000000002"},
                             {"SmsStatus", status},
                             {"To", "+15550100001"}};
  if (!error_code.empty()) fields.emplace_back("ErrorCode", error_code);
  return fields;
}

TEST(TwilioStatusCallback, NamesOurMessageAndTwilios) {
  const auto report = delivery_report(callback("delivered"), kMessage);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->provider, "twilio");
  EXPECT_EQ(report->provider_message_id, "SM00000000000000000000000000000002");
  EXPECT_EQ(report->message, MessageId{kMessage});
  EXPECT_EQ(report->status, DeliveryReport::Status::delivered);
  EXPECT_EQ(report->error_code, "");
  const auto failure = delivery_report(callback("undelivered", "30003"), kMessage);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->status, DeliveryReport::Status::undelivered);
  EXPECT_EQ(failure->error_code, "30003");
}

// Messages that were sent before the service knew its PUBLIC_URL, or a URL set up in Twilio's console.
TEST(TwilioStatusCallback, WithoutAUsableParameterNamesOnlyTwilios) {
  for (const char* parameter : {"", "campaign", "019f1f3d-86a5-7d3e-8007-0123456789abc", "' OR true --"}) {
    const auto report = delivery_report(callback("sent"), parameter);
    ASSERT_TRUE(report) << parameter;
    EXPECT_EQ(report->message, std::nullopt) << parameter;
    EXPECT_EQ(report->provider_message_id, "SM00000000000000000000000000000002");
  }
}

}  // namespace
}  // namespace orchestrator::twilio
