#include <gtest/gtest.h>

#include "support/database.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const orchestrator::support::TestCluster cluster;
  return RUN_ALL_TESTS();
}
