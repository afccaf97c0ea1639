// The fuzzers' seeds and findings as ordinary tests.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/targets.hpp"

namespace orchestrator::fuzz {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(FuzzCorpus, WhatMustHoldDoesForEverySeed) {
  for (const Target& target : targets()) {
    std::size_t seeds = 0;
    for (const auto& seed :
         fs::directory_iterator(fs::path(SOURCE_DIR) / "tests/fuzz/corpus" / target.name)) {
      SCOPED_TRACE(seed.path());
      EXPECT_NO_THROW(target.check(contents(seed.path())));
      ++seeds;
    }
    EXPECT_GE(seeds, 4u) << target.name;
  }
}

}  // namespace
}  // namespace orchestrator::fuzz
