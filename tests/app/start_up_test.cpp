#include "app/start_up.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "storage/errors.hpp"

namespace orchestrator::app {
namespace {

TEST(StartUp, BearsADatabaseThatGoesAwayInMidWork) {
  int tries = 0;
  retry_until_available([&] {
    if (++tries == 1) throw storage::Unavailable("not connected");
  });
  EXPECT_EQ(tries, 2);
}

TEST(StartUp, DoesNotRepeatWhatWillNeverSucceed) {
  int tries = 0;
  const auto work = [&] {
    ++tries;
    throw std::runtime_error("no");
  };
  EXPECT_THROW(retry_until_available(work), std::runtime_error);
  EXPECT_EQ(tries, 1);
}

}  // namespace
}  // namespace orchestrator::app
