#include "providers/twilio/signature.hpp"

#include <gtest/gtest.h>

#include "text/form.hpp"

namespace orchestrator::twilio {
namespace {

const Secret kToken("12345");
constexpr SignedUrl kUrl{"https://mycompany.com", "/myapp.php?foo=1&bar=2"};

text::FormFields voice_call(const std::string& caller) {
  return {{"To", "+18005551212"},
          {"CallSid", "CA1234567890ABCDE"},
          {"From", caller},
          {"Digits", "1234"},
          {"Caller", caller}};
}

// The examples that Twilio publishes.
TEST(TwilioSignature, AcceptsTheDocumentedExamples) {
  EXPECT_TRUE(is_signed_form(kToken, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", kUrl, voice_call("+12349013030")));
  EXPECT_TRUE(is_signed_form(kToken, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", kUrl, voice_call("+14158675309")));
  EXPECT_TRUE(is_signed_body(
      kToken, "a9nBmqA0ju/hNViExpshrM61xv4=",
      {"https://mycompany.com",
       "/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"},
      R"({"property": "value", "boolean": true})"));
}

TEST(TwilioSignature, RejectsForgeries) {
  const std::string_view genuine = "0/KCTR6DLpKmkAf8muzZqo1nDgQ=";
  const text::FormFields fields = voice_call("+12349013030");
  EXPECT_FALSE(is_signed_form(Secret("12346"), genuine, kUrl, fields));
  EXPECT_FALSE(is_signed_form(kToken, genuine, {"https://mycompany.org", kUrl.target}, fields));
  EXPECT_FALSE(is_signed_form(kToken, genuine, {"http://mycompany.com", kUrl.target}, fields));
  EXPECT_FALSE(is_signed_form(kToken, genuine, {kUrl.public_url, "/myapp.php?foo=1&bar=3"}, fields));
  EXPECT_FALSE(is_signed_form(kToken, genuine, {kUrl.public_url, "/myapp.php"}, fields));
  EXPECT_FALSE(is_signed_form(kToken, genuine, kUrl, voice_call("+12349013031")));
  EXPECT_FALSE(is_signed_form(kToken, genuine, kUrl, {}));
  text::FormFields more = fields;
  more.emplace_back("Body", "Pay me");
  EXPECT_FALSE(is_signed_form(kToken, genuine, kUrl, more));
  for (const char* signature : {"", "=", "0/KCTR6DLpKmkAf8muzZqo1nDgQ",
                                "0/kctr6dlpkmkaf8muzzqo1ndgq=", "0/KCTR6DLpKmkAf8muzZqo1nDgQ=="}) {
    EXPECT_FALSE(is_signed_form(kToken, signature, kUrl, fields)) << signature;
  }
}

TEST(TwilioSignature, AcceptsAUrlWithOrWithoutItsPort) {
  const text::FormFields fields = {{"Body", "Hi"}};
  // HMACs of "https://example.com/a/sms", "https://example.com:443/a/sms" and
  // "https://example.com:8443/a/sms", each followed by "BodyHi".
  const std::string_view without = "KE5bfXOF+In4PtjU9Gpi+9K3zxw=";
  const std::string_view standard = "ZGBwnze/jxOMd6sNdIk8Kg0tVfA=";
  const std::string_view other = "cRbxCu/bH9AEErE1VdJ0Py2PD3Y=";
  const auto accepts = [&](std::string_view public_url, std::string_view signature) {
    return is_signed_form(kToken, signature, {public_url, "/sms"}, fields);
  };
  EXPECT_TRUE(accepts("https://example.com/a", without));
  EXPECT_TRUE(accepts("https://example.com/a", standard));
  EXPECT_FALSE(accepts("https://example.com/a", other));
  EXPECT_TRUE(accepts("https://example.com:443/a", without));
  EXPECT_TRUE(accepts("https://example.com:443/a", standard));
  EXPECT_TRUE(accepts("https://example.com:8443/a", without));
  EXPECT_TRUE(accepts("https://example.com:8443/a", other));
  EXPECT_FALSE(accepts("https://example.com:8443/a", standard));
}

TEST(TwilioSignature, CountsRepeatedValuesOnceInSortedOrder) {
  const std::string_view signature =
      "ZaFtypmtsoUq8fodiEiNbTo3QPo=";  // "https://example.com/smsMediaUrlaMediaUrlb"
  const SignedUrl url{"https://example.com", "/sms"};
  EXPECT_TRUE(
      is_signed_form(kToken, signature, url, {{"MediaUrl", "b"}, {"MediaUrl", "a"}, {"MediaUrl", "b"}}));
  EXPECT_FALSE(is_signed_form(kToken, signature, url, {{"MediaUrl", "b"}}));
}

TEST(TwilioSignature, CoversTheBodyThroughItsHashInTheUrl) {
  const std::string target =
      "/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
  const SignedUrl url{"https://mycompany.com", target};
  EXPECT_FALSE(is_signed_body(kToken, "a9nBmqA0ju/hNViExpshrM61xv4=", url, R"({"property": "other"})"));
  EXPECT_FALSE(is_signed_body(kToken, "a9nBmqA0ju/hNViExpshrM61xv5=", url,
                              R"({"property": "value", "boolean": true})"));
  // A valid signature of a form without fields; the URL has no bodySHA256.
  EXPECT_FALSE(
      is_signed_body(kToken, "ZEVhNTf/+0VuA9ofUWb9iscKI5Y=", {"https://mycompany.com", "/myapp.php"}, "{}"));
}

}  // namespace
}  // namespace orchestrator::twilio
