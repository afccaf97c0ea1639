// The instances' wall clocks are off by up to five seconds and jump; instances are stopped (SIGSTOP) for
// longer than their leases last and then continue where they were.
#include <fstream>
#include <random>

#include "chaos/test_bed.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr int kMostOffMs = 5000;
constexpr auto kBetweenStalls = 2s;

// Longer than turn leases and idle transactions last; in the long version also longer than clients wait.
std::chrono::seconds stall_of(const Run& run) { return run.is_long ? 40s : 12s; }

fs::path libfaketime() {
  for (const auto& architecture : fs::directory_iterator("/usr/lib")) {
    const fs::path library = architecture.path() / "faketime" / "libfaketimeMT.so.1";
    if (fs::exists(library)) return library;
  }
  throw std::runtime_error("libfaketime is not installed");
}

// The offset that libfaketime adds to the clocks of one instance; it reads the file once a second.
class Clocks {
 public:
  Clocks(const fs::path& directory, unsigned seed) : directory_(directory), random_(seed) {}

  support::Variables variables(int instance) {
    put_off(instance);
    return {{"LD_PRELOAD", library_},
            {"FAKETIME_TIMESTAMP_FILE", file(instance)},
            {"FAKETIME_CACHE_DURATION", "1"},
            {"DONT_FAKE_MONOTONIC", "1"},
            {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}};
  }

  // Written to a temporary file and renamed, so that it is never read half-written.
  void put_off(int instance) {
    const std::lock_guard lock(mutex_);
    const int ms = static_cast<int>(random_() % (2 * kMostOffMs + 1)) - kMostOffMs;
    const std::string unfinished = file(instance) + ".unfinished";
    std::ofstream(unfinished) << (ms < 0 ? "-" : "+") << std::abs(ms) / 1000.0;
    fs::rename(unfinished, file(instance));
  }

 private:
  std::string file(int instance) const {
    return (directory_ / ("clock_" + std::to_string(instance))).string();
  }

  const fs::path directory_;
  const std::string library_ = libfaketime().string();
  std::mutex mutex_;  // guards random_: each instance is started by a thread of its own
  std::mt19937 random_;
};

}  // namespace

Outcome run_clocks(const Run& run) {
  const auto end = std::chrono::steady_clock::now() + run.time;
  Clocks clocks(run.directory, run.seed);
  TestBed test_bed(run, {.variables = [&](int instance, int) { return clocks.variables(instance); }});
  std::mt19937 random(run.seed);
  int stalls = 0;
  do {
    for (int instance = 0; instance < test_bed.fleet->size(); ++instance) clocks.put_off(instance);
    test_bed.wait(kBetweenStalls);
    test_bed.stall(static_cast<int>(random() % static_cast<std::size_t>(test_bed.fleet->size())),
                   stall_of(run));
    ++stalls;
  } while (std::chrono::steady_clock::now() + stall_of(run) < end);
  test_bed.wait(kBetweenStalls);
  Outcome outcome = test_bed.finish();
  outcome.notes.push_back(std::to_string(stalls) + " stalls of " + std::to_string(stall_of(run).count()) +
                          " s");
  return outcome;
}

}  // namespace orchestrator::chaos
