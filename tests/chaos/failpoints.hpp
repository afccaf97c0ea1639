// Where a run strikes: at commits of every kind, just before and just after them.
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

// What happens to the instance that commits: its end, or the end of its connection. Before: the server never
// sees the COMMIT. After: it has committed, and the instance never hears of it.
enum class Strike { kill_before, kill_after, cut_before, cut_after };
inline constexpr std::array kStrikes = {Strike::kill_before, Strike::kill_after, Strike::cut_before,
                                        Strike::cut_after};

// Safe for concurrent use: all proxies ask the same one.
class Failpoints {
 public:
  explicit Failpoints(unsigned seed);

  // From now on about one strike in `pace`: first of all those that have not been yet, at kinds that are rare
  // whenever they come. With a pace of 0: none.
  void strike_every(std::chrono::milliseconds pace);
  void rest() { strike_every(std::chrono::milliseconds{0}); }

  // A transaction that has written is about to commit. An instance that is coming to an orderly end is
  // spared, or it never would; but for strikes that have not been yet at what is rare.
  std::optional<Strike> about_to_commit(const std::string& transaction, bool instance_is_ending = false);

  // How often each kind was struck, by kind (as in kinds()) and by strike.
  using Counts = std::vector<std::array<int, kStrikes.size()>>;
  Counts counts() const;
  int total(Strike strike) const;

  // The kinds that have not been struck in every way.
  std::vector<std::size_t> incomplete() const;

  // Transactions of no kind, each once.
  std::set<std::string> unknown() const;

 private:
  std::vector<Strike> not_yet(std::size_t kind) const;
  bool brings_what_is_open(std::size_t kind) const;

  mutable std::mutex mutex_;  // guards all that follows
  std::mt19937 random_;
  Counts counts_;
  std::set<std::string> unknown_;
  std::chrono::milliseconds pace_{0};
  std::chrono::steady_clock::time_point last_{};
  std::vector<std::int64_t> seen_;  // commits, by kind
  std::int64_t all_seen_ = 0;
};

}  // namespace orchestrator::chaos
