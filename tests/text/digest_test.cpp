#include "text/digest.hpp"

#include <gtest/gtest.h>

#include <string>

namespace orchestrator::text {
namespace {

using std::string_view_literals::operator""sv;

TEST(Digest, Sha256MatchesFips180) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc").size(), 32U);
}

struct MacCase {
  std::string key;
  std::string_view text;
  std::string_view mac;
};

TEST(Digest, HmacSha1MatchesRfc2202) {
  const MacCase cases[] = {
      {std::string(20, '\x0b'), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
      {"Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
      {std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
  };
  for (const MacCase& c : cases) EXPECT_EQ(to_hex(hmac_sha1(Secret(c.key), c.text)), c.mac) << c.text;
}

TEST(Digest, HmacSha256MatchesRfc4231) {
  const MacCase cases[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
  };
  for (const MacCase& c : cases) EXPECT_EQ(to_hex(hmac_sha256(Secret(c.key), c.text)), c.mac) << c.text;
}

TEST(Digest, Base64AndHexMatchRfc4648) {
  struct Case {
    std::string_view bytes;
    std::string_view base64;
    std::string_view hex;
  };
  // Section 10; the hexadecimal digits are lower case here.
  const Case cases[] = {
      {"", "", ""},
      {"f", "Zg==", "66"},
      {"fo", "Zm8=", "666f"},
      {"foo", "Zm9v", "666f6f"},
      {"foob", "Zm9vYg==", "666f6f62"},
      {"fooba", "Zm9vYmE=", "666f6f6261"},
      {"foobar", "Zm9vYmFy", "666f6f626172"},
      {"\0\xff\xfb\xef"sv, "AP/77w==", "00fffbef"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(to_base64(c.bytes), c.base64);
    EXPECT_EQ(to_hex(c.bytes), c.hex);
  }
}

TEST(Digest, ComparesWholeTexts) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("a\0b"sv, "a\0b"sv));
  EXPECT_FALSE(equal_in_constant_time("a\0b"sv, "a\0c"sv));
  EXPECT_FALSE(equal_in_constant_time("ab", "abc"));
}

}  // namespace
}  // namespace orchestrator::text
