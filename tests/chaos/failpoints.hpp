// Injects faults at commits: every kind of transaction, just before and just after its COMMIT.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace orchestrator::chaos {

// The fault: the committing instance is killed, or its connection is cut. Before: the server never receives
// the COMMIT. After: the server has committed, and the instance never receives the response.
enum class CommitFault { kill_before, kill_after, cut_before, cut_after };
inline constexpr std::array kCommitFaults = {CommitFault::kill_before, CommitFault::kill_after,
                                             CommitFault::cut_before, CommitFault::cut_after};

// Shared by all proxies; safe for concurrent use.
class Failpoints {
 public:
  explicit Failpoints(unsigned seed);

  // From now on injects about one fault per `pace`, first those that have not occurred yet; rare kinds are
  // hit whenever they occur. A pace of 0 stops the injection.
  void inject_every(std::chrono::milliseconds pace);
  void stop_injecting() { inject_every(std::chrono::milliseconds{0}); }

  // Called when a transaction that has written is about to commit; returns the fault to inject. An instance
  // that shuts down is spared so that it can finish, except for faults still missing at rare kinds.
  std::optional<CommitFault> about_to_commit(const std::string& transaction, bool instance_is_ending = false);

  // The number of faults by transaction kind (as in transaction_kinds()) and by fault.
  using Counts = std::vector<std::array<int, kCommitFaults.size()>>;
  Counts counts() const;
  int total(CommitFault fault) const;

  // The kinds at which some fault has not occurred yet.
  std::vector<std::size_t> incomplete() const;

  // Transactions of no known kind, each once.
  std::set<std::string> unknown() const;

 private:
  std::vector<CommitFault> missing_faults(std::size_t kind) const;
  bool precedes_missing_kind(std::size_t kind) const;

  mutable std::mutex mutex_;  // guards what follows
  std::mt19937 random_;
  Counts counts_;
  std::set<std::string> unknown_;
  std::chrono::milliseconds pace_{0};
  std::chrono::steady_clock::time_point last_{};
  std::vector<std::int64_t> seen_;  // commits by kind
  std::int64_t all_seen_ = 0;
};

}  // namespace orchestrator::chaos
