#include "server/request_head.hpp"

#include <gtest/gtest.h>

namespace orchestrator::server {
namespace {

TEST(RequestHead, QueryBeginsAfterTheFirstQuestionMark) {
  EXPECT_EQ(RequestHead{.target = "/path?a=1?2"}.query(), "a=1?2");
  EXPECT_EQ(RequestHead{.target = "/path?"}.query(), "");
  EXPECT_EQ(RequestHead{.target = "/path"}.query(), "");
}

TEST(RequestHead, OnlyValueIsAbsentForARepeatedHeader) {
  const RequestHead head{.headers = {{"Authorization", "a"}, {"X", "1"}, {"authorization", "b"}}};
  EXPECT_EQ(head.only_value_of("AUTHORIZATION"), std::nullopt);
  EXPECT_EQ(head.first_value_of("Authorization"), "a");
  EXPECT_EQ(head.only_value_of("x"), "1");
  EXPECT_EQ(head.first_value_of("none"), "");
}

}  // namespace
}  // namespace orchestrator::server
