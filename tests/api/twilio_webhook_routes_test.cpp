// The webhooks of Twilio, through the routes.

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "api/fake_service.hpp"
#include "storage/errors.hpp"
#include "text/digest.hpp"
#include "text/form.hpp"
#include "text/identifier.hpp"

namespace orchestrator::api {
namespace {

using nlohmann::json;
using support::Answer;
using support::exchange;
using testing::FakeService;

constexpr const char* kMessage =
    "From=%2B15551234567&To=%2B15550100000&Body=Hello+there%21&MessageSid=SM1&NumMedia=0";
constexpr const char* kMessageId = "019a0000-0000-7000-8000-000000000009";

// The signature that Twilio computes for a service at webhook_secrets().public_url.
std::string signature_of(const std::string& target, const text::FormFields& fields) {
  text::FormFields sorted = fields;
  std::ranges::sort(sorted);
  std::string text = testing::webhook_secrets().public_url + target;
  for (const auto& [name, value] : sorted) text += name + value;
  const std::string key = testing::webhook_secrets().twilio_auth_token.reveal();
  std::array<unsigned char, 20> digest{};
  ::HMAC(::EVP_sha1(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), nullptr);
  std::string base64(28, '\0');
  ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), digest.data(), 20);
  return base64;
}

Answer post(FakeService& service, const std::string& target, const std::string& body,
            const std::string& headers) {
  return exchange(service.port(), "POST", target, body,
                  "Content-Type: application/x-www-form-urlencoded\r\n" + headers);
}

Answer post_signed(FakeService& service, const std::string& target, const std::string& body) {
  const std::string signature = signature_of(target, text::parse_form(body).value());
  return post(service, target, body, "X-Twilio-Signature: " + signature + "\r\n");
}

TEST(TwilioWebhookRoutes, ReceivesAMessage) {
  FakeService service({"key"});
  const Answer answer = post_signed(service, "/webhooks/twilio/sms", kMessage);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "text/xml");
  EXPECT_EQ(answer.body, R"(<?xml version="1.0" encoding="UTF-8"?><Response></Response>)");
  const auto received = service.received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].contact_id, "+15551234567");
  EXPECT_EQ(received[0].phone_number, "+15551234567");
  EXPECT_EQ(received[0].text, "Hello there!");
  EXPECT_EQ(received[0].type, "text");
  EXPECT_EQ(received[0].provider_id, "SM1");
  EXPECT_EQ(json::parse(received[0].metadata), json::parse(R"({"gateway":"twilio","to":"+15550100000"})"));
  EXPECT_EQ(received[0].gateway_consent, std::nullopt);
}

TEST(TwilioWebhookRoutes, KeepsNonTextContentInTheMetadata) {
  struct Case {
    const char* fields;
    const char* type;
    const char* metadata;
  };
  const Case cases[] = {
      {"NumMedia=1&MediaUrl0=https%3A%2F%2Fa%2F1&MediaContentType0=image%2Fjpeg", "image",
       R"({"gateway":"twilio","media":[{"contentType":"image/jpeg","url":"https://a/1"}]})"},
      {"NumMedia=2&MediaUrl0=u0&MediaContentType0=audio%2Fogg&MediaUrl1=u1&MediaContentType1=video%2Fmp4",
       "audio",
       R"({"gateway":"twilio","media":[{"contentType":"audio/ogg","url":"u0"},{"contentType":"video/mp4","url":"u1"}]})"},
      {"NumMedia=1&MediaUrl0=u0&MediaContentType0=text%2Fvcard", "document",
       R"({"gateway":"twilio","media":[{"contentType":"text/vcard","url":"u0"}]})"},
      {"NumMedia=99999999999999999999&MediaUrl0=u0", "text", R"({"gateway":"twilio"})"},
      {"Latitude=52.5&Longitude=13.4&Label=Home", "location",
       R"({"gateway":"twilio","location":{"latitude":"52.5","longitude":"13.4","name":"Home"}})"},
      {"ButtonPayload=yes-1&ProfileName=Ann&OriginalRepliedMessageSid=SM0", "button",
       R"({"gateway":"twilio","button":{"payload":"yes-1"},"profileName":"Ann","replyTo":"SM0"})"},
  };
  for (const Case& c : cases) {
    FakeService service;
    const std::string body = std::string("From=whatsapp%3A%2B15551234567&Body=&MessageSid=MM1&") + c.fields;
    EXPECT_EQ(post_signed(service, "/webhooks/twilio/sms", body).status, 200);
    const auto received = service.received();
    ASSERT_EQ(received.size(), 1u) << c.fields;
    EXPECT_EQ(received[0].contact_id, "+15551234567");
    EXPECT_EQ(received[0].type, c.type) << c.fields;
    EXPECT_EQ(json::parse(received[0].metadata), json::parse(c.metadata)) << c.fields;
  }
}

TEST(TwilioWebhookRoutes, TakesTwiliosVerdictOnConsent) {
  const std::vector<std::pair<std::string, std::optional<Consent>>> verdicts = {
      {"STOP", Consent::stop}, {"start", Consent::start}, {"HELP", Consent::none}, {"", {}}, {"OTHER", {}}};
  for (const auto& [verdict, consent] : verdicts) {
    FakeService service;
    const std::string fields = std::string(kMessage) + "&OptOutType=" + verdict;
    EXPECT_EQ(post_signed(service, "/webhooks/twilio/sms", fields).status, 200);
    EXPECT_EQ(service.received().at(0).gateway_consent, consent) << verdict;
  }
}

TEST(TwilioWebhookRoutes, RefusesRequestsWithoutAValidSignature) {
  FakeService service({"key"});
  const std::string genuine = signature_of("/webhooks/twilio/sms", text::parse_form(kMessage).value());
  const std::string header = "X-Twilio-Signature: " + genuine + "\r\n";
  struct Case {
    std::string target;
    std::string body;
    std::string headers;
  };
  const Case cases[] = {
      {"/webhooks/twilio/sms", kMessage, ""},
      {"/webhooks/twilio/sms", kMessage, "X-Twilio-Signature: \r\n"},
      {"/webhooks/twilio/sms", kMessage, "Authorization: Bearer key\r\n"},
      {"/webhooks/twilio/sms", kMessage, header + header},
      {"/webhooks/twilio/sms", std::string(kMessage) + "&Body=other", header},
      {"/webhooks/twilio/sms?a=b", kMessage, header},
      {"/webhooks/twilio/status", kMessage, header},
      {"/webhooks/twilio/sms", "", header},
  };
  for (const Case& c : cases) {
    const Answer answer = post(service, c.target, c.body, c.headers);
    EXPECT_EQ(answer.status, 403) << c.target << " " << c.body << c.headers;
    EXPECT_EQ(answer.error(), "invalid_signature");
  }
  EXPECT_TRUE(service.received().empty());
  EXPECT_TRUE(service.reported().empty());
  EXPECT_EQ(post(service, "/webhooks/twilio/sms", kMessage, header).status, 200);
}

TEST(TwilioWebhookRoutes, RefusesEveryRequestWithoutItsSettings) {
  WebhookSecrets secrets = testing::webhook_secrets();
  secrets.public_url.clear();
  FakeService without_url({}, testing::short_limits(), secrets);
  Answer answer = post_signed(without_url, "/webhooks/twilio/sms", kMessage);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.error(), "public_url_not_set");

  secrets.twilio_auth_token = {};
  FakeService without_token({}, testing::short_limits(), secrets);
  for (const char* path : {"/webhooks/twilio/sms", "/webhooks/twilio/status"}) {
    answer = post_signed(without_token, path, kMessage);
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.error(), "twilio_auth_token_not_set");
    EXPECT_EQ(answer.json()["message"],
              "TWILIO_AUTH_TOKEN is not set, so this service cannot verify the webhook.");
  }
}

TEST(TwilioWebhookRoutes, VerifiesTheHashOfAJsonBody) {
  FakeService service;
  const std::string target =
      "/webhooks/twilio/sms?bodySHA256=4ab2d4fb4c8ea1c1f9ac0f4d9bdcb1a8c1d1b0b2b0ccae9c1a6b2ee8a4c9a0e5";
  const std::string body =
      R"({"From":"+15551234567","Body":"Hi","NumMedia":0,"MessageSid":"SM1","Extra":null})";
  const std::string right = "/webhooks/twilio/sms?bodySHA256=" + text::sha256_hex(body);
  const auto send = [&](const std::string& at) {
    return exchange(service.port(), "POST", at, body,
                    "Content-Type: application/json\r\nX-Twilio-Signature: " + signature_of(at, {}) + "\r\n")
        .status;
  };
  EXPECT_EQ(send(target), 403);
  EXPECT_EQ(send(right), 200);
  EXPECT_EQ(service.received().at(0).text, "Hi");
}

TEST(TwilioWebhookRoutes, RefusesMalformedRequests) {
  FakeService service;
  EXPECT_EQ(post(service, "/webhooks/twilio/sms", "Body=%zz", "").error(), "invalid_form");
  const Answer answer = post_signed(service, "/webhooks/twilio/sms", "Body=Hi&MessageSid=SM1");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.error(), "invalid_field");
}

TEST(TwilioWebhookRoutes, DiscardsWhatTheDatabaseCannotStore) {
  FakeService service;
  service.receive_one = [](const IncomingMessage&) -> Receipt { throw storage::BadData("22021", "no"); };
  service.before_report = [](const DeliveryReport&) { throw storage::BadData("22021", "no"); };
  EXPECT_EQ(post_signed(service, "/webhooks/twilio/sms", kMessage).status, 200);
  EXPECT_EQ(post_signed(service, "/webhooks/twilio/status", "MessageSid=SM1&MessageStatus=sent").status, 204);
}

TEST(TwilioWebhookRoutes, Answers503WhileTheDatabaseIsUnavailable) {
  FakeService service;
  service.receive_one = [](const IncomingMessage&) -> Receipt { throw storage::Unavailable("unreachable"); };
  EXPECT_EQ(post_signed(service, "/webhooks/twilio/sms", kMessage).status, 503);
}

TEST(TwilioWebhookRoutes, StoresADeliveryReport) {
  using Status = DeliveryReport::Status;
  FakeService service({"key"});
  const std::string target = std::string("/webhooks/twilio/status?message=") + kMessageId;
  EXPECT_EQ(post_signed(service, target, "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30005").status,
            204);
  const auto report = service.reported().at(0);
  EXPECT_EQ(report.provider, "twilio");
  EXPECT_EQ(report.provider_message_id, "SM1");
  EXPECT_EQ(report.message, MessageId(kMessageId));
  EXPECT_EQ(report.status, Status::undelivered);
  EXPECT_EQ(report.error_code, "30005");

  EXPECT_EQ(post_signed(service, "/webhooks/twilio/status", "MessageStatus=sent").status, 204);
  EXPECT_EQ(service.reported().size(), 1u);

  const std::pair<const char*, std::optional<Status>> statuses[] = {{"accepted", {}},
                                                                    {"scheduled", {}},
                                                                    {"queued", {}},
                                                                    {"sending", {}},
                                                                    {"sent", Status::sent},
                                                                    {"delivered", Status::delivered},
                                                                    {"read", Status::delivered},
                                                                    {"failed", Status::failed},
                                                                    {"canceled", Status::failed},
                                                                    {"unheard-of", {}},
                                                                    {"", {}}};
  for (const auto& [text, expected] : statuses) {
    FakeService fresh;
    const std::string body = std::string("SmsSid=SM1&SmsStatus=") + text;
    EXPECT_EQ(post_signed(fresh, "/webhooks/twilio/status?message=nonsense", body).status, 204) << text;
    const auto reported = fresh.reported();
    ASSERT_EQ(reported.size(), expected ? 1u : 0u) << text;
    if (!expected) continue;
    EXPECT_EQ(reported[0].status, *expected) << text;
    EXPECT_EQ(reported[0].message, std::nullopt);
  }
}

}  // namespace
}  // namespace orchestrator::api
