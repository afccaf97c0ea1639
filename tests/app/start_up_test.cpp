#include "app/start_up.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "storage/errors.hpp"

namespace orchestrator::app {
namespace {

TEST(StartUp, RetriesAfterTheDatabaseBecomesUnavailable) {
  int attempts = 0;
  retry_until_available([&] {
    if (++attempts == 1) throw storage::Unavailable("not connected");
  });
  EXPECT_EQ(attempts, 2);
}

TEST(StartUp, DoesNotRetryOtherFailures) {
  int attempts = 0;
  const auto work = [&] {
    ++attempts;
    throw std::runtime_error("no");
  };
  EXPECT_THROW(retry_until_available(work), std::runtime_error);
  EXPECT_EQ(attempts, 1);
}

}  // namespace
}  // namespace orchestrator::app
