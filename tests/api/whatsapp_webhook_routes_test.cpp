// The webhook of WhatsApp's Cloud API, through the routes.

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "api/fake_service.hpp"
#include "storage/errors.hpp"
#include "text/digest.hpp"

namespace orchestrator::api {
namespace {

using nlohmann::json;
using support::Answer;
using support::exchange;
using testing::FakeService;

constexpr const char* kPath = "/webhooks/whatsapp";

std::string signature_of(const std::string& body) {
  const std::string key = testing::webhook_secrets().whatsapp_app_secret.reveal();
  std::array<unsigned char, 32> digest{};
  ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), nullptr);
  return "sha256=" + text::to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Answer post_signed(FakeService& service, const std::string& body) {
  return exchange(service.port(), "POST", kPath, body,
                  "Content-Type: application/json\r\nX-Hub-Signature-256: " + signature_of(body) + "\r\n");
}

// A webhook with one change.
std::string webhook(const std::string& value) {
  return R"({"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":)"
         R"({"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550100000",)"
         R"("phone_number_id":"106"},"contacts":[{"profile":{"name":"Ann"},"wa_id":"15551234567"}],)" +
         value + "}}]}]}";
}

std::string message(const std::string& content) {
  return webhook(R"("messages":[{"from":"15551234567","id":"wamid.1","timestamp":"1763661600",)" + content +
                 "}]");
}

TEST(WhatsAppWebhookRoutes, ReceivesAMessage) {
  FakeService service({"key"});
  const Answer answer =
      post_signed(service, message(R"("type":"text","text":{"body":"Hello"},"context":{"id":"wamid.0"})"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"success":true})");
  const auto received = service.received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].contact_id, "+15551234567");
  EXPECT_EQ(received[0].phone_number, "+15551234567");
  EXPECT_EQ(received[0].text, "Hello");
  EXPECT_EQ(received[0].type, "text");
  EXPECT_EQ(received[0].provider_id, "wamid.1");
  EXPECT_EQ(received[0].written_at, parse_instant("2025-11-20T18:00:00Z"));
  EXPECT_EQ(
      json::parse(received[0].metadata),
      json::parse(R"({"gateway":"whatsapp","phoneNumberId":"106","profileName":"Ann","replyTo":"wamid.0"})"));
}

TEST(WhatsAppWebhookRoutes, ReceivesEveryTypeOfMessage) {
  struct Case {
    const char* content;
    const char* type;
    const char* text;
    const char* metadata;  // in addition to the common fields
  };
  const Case cases[] = {
      {R"("type":"button","button":{"text":"Yes","payload":"yes-1"})", "button", "Yes",
       R"({"button":{"payload":"yes-1"}})"},
      {R"("type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"b1","title":"Later"}})",
       "interactive", "Later",
       R"({"interactive":{"type":"button_reply","button_reply":{"id":"b1","title":"Later"}}})"},
      {R"("type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"l1","title":"Tea"}})",
       "interactive", "Tea",
       R"({"interactive":{"type":"list_reply","list_reply":{"id":"l1","title":"Tea"}}})"},
      {R"("type":"image","image":{"id":"9","mime_type":"image/jpeg","sha256":"x","caption":"Look"})", "image",
       "Look", R"({"media":[{"id":"9","contentType":"image/jpeg"}]})"},
      {R"("type":"audio","audio":{"id":"9","mime_type":"audio/ogg; codecs=opus","voice":true})", "audio", "",
       R"({"media":[{"id":"9","contentType":"audio/ogg; codecs=opus"}]})"},
      {R"("type":"video","video":{"id":"9","mime_type":"video/mp4"})", "video", "",
       R"({"media":[{"id":"9","contentType":"video/mp4"}]})"},
      {R"("type":"document","document":{"id":"9","mime_type":"application/pdf","filename":"a.pdf"})",
       "document", "", R"({"media":[{"id":"9","contentType":"application/pdf","fileName":"a.pdf"}]})"},
      {R"("type":"sticker","sticker":{"id":"9","mime_type":"image/webp","animated":false})", "sticker", "",
       R"({"media":[{"id":"9","contentType":"image/webp"}]})"},
      {R"("type":"location","location":{"latitude":52.5,"longitude":13.4,"name":"Home"})", "location", "",
       R"({"location":{"latitude":52.5,"longitude":13.4,"name":"Home"}})"},
      {R"("type":"contacts","contacts":[{"name":{"formatted_name":"Bob"}}])", "contacts", "",
       R"({"contacts":[{"name":{"formatted_name":"Bob"}}]})"},
      {R"("type":"reaction","reaction":{"message_id":"wamid.0","emoji":"👍"})", "reaction", "👍",
       R"({"reaction":{"messageId":"wamid.0"}})"},
      {R"("type":"order","order":{"catalog_id":"c"})", "order", "",
       R"({"raw":{"from":"15551234567","id":"wamid.1","timestamp":"1763661600","type":"order","order":{"catalog_id":"c"}}})"},
      {R"("type":7)", "7", "",
       R"({"raw":{"from":"15551234567","id":"wamid.1","timestamp":"1763661600","type":7}})"},
      {R"("type":"text")", "text", "", "{}"},
      {R"("type":"text","text":[1])", "text", "", "{}"},
      {R"("nothing":0)", "unknown", "",
       R"({"raw":{"from":"15551234567","id":"wamid.1","timestamp":"1763661600","nothing":0}})"},
  };
  for (const Case& c : cases) {
    FakeService service;
    EXPECT_EQ(post_signed(service, message(c.content)).status, 200) << c.content;
    const auto received = service.received();
    ASSERT_EQ(received.size(), 1u) << c.content;
    EXPECT_EQ(received[0].type, c.type) << c.content;
    EXPECT_EQ(received[0].text, c.text) << c.content;
    json expected = json::parse(R"({"gateway":"whatsapp","phoneNumberId":"106","profileName":"Ann"})");
    expected.update(json::parse(c.metadata));
    EXPECT_EQ(json::parse(received[0].metadata), expected) << c.content;
  }
}

TEST(WhatsAppWebhookRoutes, StoresOneWebhookInOneCallAndInOrder) {
  FakeService service;
  const auto one = [](const std::string& id, const std::string& from) {
    return R"({"from":")" + from + R"(","id":")" + id + R"(","type":"text","text":{"body":")" + id + "\"}}";
  };
  const auto change = [](const std::string& value) { return R"({"value":{)" + value + "}}"; };
  const std::string body = R"({"entry":[{"changes":[)" +
                           change(R"("messages":[)" + one("1", "15551234567") + "," +
                                  one("2", "15557654321") + R"(],"statuses":[{"id":"s1","status":"sent"}])") +
                           "," + change(R"("messages":[)" + one("3", "15551234567") + "]") +
                           R"(]},{"changes":[)" +
                           change(R"("messages":[)" + one("4", "15551234567") +
                                  R"(],"statuses":[{"id":"s2","status":"delivered"}])") +
                           "]}]}";
  EXPECT_EQ(post_signed(service, body).status, 200);
  EXPECT_EQ(service.receive_calls(), std::vector<std::size_t>{4});
  std::string texts;
  for (const auto& received : service.received()) texts += received.text;
  EXPECT_EQ(texts, "1234");
  EXPECT_EQ(service.reported().size(), 2u);
}

TEST(WhatsAppWebhookRoutes, IdentifiesAContactWithoutANumberByItsId) {
  FakeService service;
  post_signed(service,
              webhook(R"("messages":[{"from_user_id":"US.13491208655302741918","id":"1","type":"text",)"
                      R"("text":{"body":"Hi"}}])"));
  EXPECT_EQ(service.received().at(0).contact_id, "US.13491208655302741918");
  EXPECT_EQ(service.received().at(0).phone_number, std::nullopt);
}

TEST(WhatsAppWebhookRoutes, StoresDeliveryReports) {
  using Status = DeliveryReport::Status;
  FakeService service;
  EXPECT_EQ(post_signed(service, webhook(R"("statuses":[
      {"id":"wamid.1","status":"sent","biz_opaque_callback_data":"019a0000-0000-7000-8000-000000000009"},
      {"id":"wamid.1","status":"delivered","biz_opaque_callback_data":"campaign"},
      {"id":"wamid.1","status":"read"},
      {"id":"wamid.2","status":"failed","errors":[{"code":131047,"title":"Re-engagement message"}]},
      {"id":"wamid.3","status":"failed","errors":"?"},
      {"id":"wamid.4","status":"deleted"}, {"status":"sent"}, 7])"))
                .status,
            200);
  const auto reported = service.reported();
  ASSERT_EQ(reported.size(), 5u);
  EXPECT_EQ(reported[0].provider, "whatsapp");
  EXPECT_EQ(reported[0].provider_message_id, "wamid.1");
  EXPECT_EQ(reported[0].status, Status::sent);
  EXPECT_EQ(reported[0].message, MessageId("019a0000-0000-7000-8000-000000000009"));
  EXPECT_EQ(reported[1].status, Status::delivered);
  EXPECT_EQ(reported[1].message, std::nullopt);
  EXPECT_EQ(reported[2].status, Status::delivered);
  EXPECT_EQ(reported[3].status, Status::failed);
  EXPECT_EQ(reported[3].error_code, "131047");
  EXPECT_EQ(reported[4].error_code, "");
  EXPECT_TRUE(service.receive_calls().empty());
}

TEST(WhatsAppWebhookRoutes, AnswersMalformedWebhooksWithSuccess) {
  FakeService service;
  for (
      const std::string& body :
      {std::string("{}"), std::string(""), std::string("[]"), std::string("not JSON"),
       std::string("{\"entry\":7}"),
       std::string(
           R"({"entry":[7,null,[],{"changes":{}},{"changes":[null,{"value":[]},{"value":{"messages":7}}]}]})"),
       webhook(R"("messages":[7,{},{"from":"","id":"x"},{"from":{},"type":"text"}])"),
       webhook(R"("messages":{"from":"1"},"statuses":{})"),
       std::string(R"({"entry":[{"changes":[{"value":{"contacts":[1]}}]}]})"), std::string(200, '[')}) {
    const Answer answer = post_signed(service, body);
    EXPECT_EQ(answer.status, 200) << body;
    EXPECT_EQ(answer.body, R"({"success":true})");
  }
  EXPECT_TRUE(service.received().empty());
}

TEST(WhatsAppWebhookRoutes, DiscardsOnlyWhatTheDatabaseCannotStore) {
  FakeService service;
  service.receive_one = [](const IncomingMessage& incoming) -> Receipt {
    if (incoming.text == "bad") throw storage::BadData("22021", "no");
    return {};
  };
  service.before_report = [](const DeliveryReport& report) {
    if (report.provider_message_id == "bad") throw storage::BadData("22021", "no");
  };
  const auto one = [](const std::string& body) {
    return R"({"from":"15551234567","type":"text","text":{"body":")" + body + "\"}}";
  };
  EXPECT_EQ(
      post_signed(service,
                  webhook(R"("messages":[)" + one("first") + "," + one("bad") + "," + one("last") +
                          R"(],"statuses":[{"id":"bad","status":"sent"},{"id":"good","status":"sent"}])"))
          .status,
      200);
  const auto received = service.received();
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0].text, "first");
  EXPECT_EQ(received[1].text, "last");
  ASSERT_EQ(service.reported().size(), 1u);
  EXPECT_EQ(service.reported()[0].provider_message_id, "good");
}

TEST(WhatsAppWebhookRoutes, Answers503WhileTheDatabaseIsUnavailable) {
  FakeService service;
  service.receive_one = [](const IncomingMessage&) -> Receipt { throw storage::Unavailable("unreachable"); };
  EXPECT_EQ(post_signed(service, message(R"("type":"text","text":{"body":"Hello"})")).status, 503);
}

TEST(WhatsAppWebhookRoutes, RefusesRequestsWithoutAValidSignature) {
  FakeService service({"key"});
  const std::string body = message(R"("type":"text","text":{"body":"Hello"})");
  const std::string genuine = "X-Hub-Signature-256: " + signature_of(body) + "\r\n";
  for (const std::string& headers :
       {std::string(), std::string("X-Hub-Signature-256: sha256=\r\n"),
        std::string("Authorization: Bearer key\r\n"),
        "X-Hub-Signature-256: " + signature_of(body + " ") + "\r\n", genuine + genuine}) {
    const Answer answer = exchange(service.port(), "POST", kPath, body, headers);
    EXPECT_EQ(answer.status, 403) << headers;
    EXPECT_EQ(answer.error(), "invalid_signature");
  }
  EXPECT_TRUE(service.received().empty());

  FakeService without({}, testing::short_limits(), WebhookSecrets{});
  EXPECT_EQ(post_signed(without, body).error(), "whatsapp_app_secret_not_set");
}

TEST(WhatsAppWebhookRoutes, ConfirmsASubscription) {
  FakeService service({"key"});
  const auto get = [&](const std::string& query) {
    return exchange(service.port(), "GET", std::string(kPath) + "?" + query);
  };
  const Answer answer = get("hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=%3Cb%3E1158201444");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "<b>1158201444");
  EXPECT_EQ(answer.headers.at("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");

  for (const char* query :
       {"", "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=verify-m&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=&hub.challenge=1", "hub.verify_token=verify-me&hub.challenge=1",
        "hub.mode=unsubscribe&hub.verify_token=verify-me&hub.challenge=1", "hub.mode=%zz"}) {
    EXPECT_EQ(get(query).error(), "invalid_verify_token") << query;
  }
  for (const std::string& challenge : {std::string(), std::string(201, '1')}) {
    EXPECT_EQ(get("hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=" + challenge).error(),
              "invalid_challenge");
  }
  FakeService without({}, testing::short_limits(), WebhookSecrets{});
  EXPECT_EQ(
      exchange(without.port(), "GET", std::string(kPath) + "?hub.mode=subscribe&hub.verify_token=").error(),
      "whatsapp_verify_token_not_set");
}

}  // namespace
}  // namespace orchestrator::api
