#include "providers/whatsapp/signature.hpp"

#include <gtest/gtest.h>

#include <string>

namespace orchestrator::whatsapp {
namespace {

TEST(WhatsAppSignature, CoversTheBytesOfTheBody) {
  // RFC 4231, test case 2.
  const Secret secret("Jefe");
  const std::string_view body = "what do ya want for nothing?";
  const std::string digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  EXPECT_TRUE(is_signed_body(secret, "sha256=" + digest, body));
  EXPECT_FALSE(is_signed_body(secret, digest, body));
  EXPECT_FALSE(is_signed_body(secret, "sha1=" + digest, body));
  EXPECT_FALSE(is_signed_body(secret, "", body));
  EXPECT_FALSE(is_signed_body(secret, "sha256=" + digest, "what do ya want for nothing? "));
  EXPECT_FALSE(is_signed_body(Secret("jefe"), "sha256=" + digest, body));
}

}  // namespace
}  // namespace orchestrator::whatsapp
