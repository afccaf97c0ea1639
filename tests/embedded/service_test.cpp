// The binary with its embedded database: start, kill, refusal and stop.

#include "support/service.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "support/temporary_directory.hpp"

namespace orchestrator::embedded {
namespace {

using support::Service;
using support::TemporaryDirectory;

support::Variables on(const TemporaryDirectory& directory) { return {{"DATA_DIR", directory.path()}}; }

int exit_code(std::optional<int> status) { return status && WIFEXITED(*status) ? WEXITSTATUS(*status) : -1; }

TEST(Service, StartsOnTheSameDataAfterAKillAndStopsCleanly) {
  const TemporaryDirectory directory;
  for (int round = 0; round < 3; ++round) {
    Service service(on(directory));
    EXPECT_GT(service.port(), 0);
    service.kill();
    service.wait();
  }
  Service service(on(directory));
  EXPECT_GT(service.port(), 0);
  service.terminate();
  EXPECT_EQ(exit_code(service.wait()), 0) << service.output();
}

TEST(Service, RefusesASecondInstanceOnTheSameData) {
  const TemporaryDirectory directory;
  Service first(on(directory));
  first.port();
  Service second(on(directory));
  EXPECT_EQ(exit_code(second.wait()), 1);
  EXPECT_TRUE(second.prints(directory.path().string() + " is in use by another")) << second.output();
}

TEST(Service, ReportsEveryProblemOfItsConfiguration) {
  Service service({{"PORT", "high"}, {"DAILY_LIMIT", "-1"}, {"HOST", "0.0.0.0"}});
  EXPECT_EQ(exit_code(service.wait()), 2);
  for (const char* problem :
       {"PORT=\"high\" is not", "DAILY_LIMIT=\"-1\" is not", "HOST=\"0.0.0.0\" would"}) {
    EXPECT_TRUE(service.prints(problem)) << service.output();
  }
}

}  // namespace
}  // namespace orchestrator::embedded
