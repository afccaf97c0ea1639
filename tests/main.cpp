#include <gtest/gtest.h>

#include "logging/logging.hpp"
#include "support/database.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  orchestrator::logging::start({.level = orchestrator::LogLevel::error});
  const orchestrator::support::TestCluster cluster;
  return RUN_ALL_TESTS();
}
