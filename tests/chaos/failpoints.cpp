#include "chaos/failpoints.hpp"

#include <algorithm>

#include "chaos/transaction_kinds.hpp"

namespace orchestrator::chaos {
namespace {

using std::chrono::steady_clock;

// A kind is rare if it makes up less than 1/200 of all commits: its faults are not paced. A kind that has
// been hit in every way is hit less often.
constexpr std::int64_t kOften = 200;
constexpr int kLater = 8;

}  // namespace

Failpoints::Failpoints(unsigned seed)
    : random_(seed), counts_(transaction_kinds().size()), seen_(transaction_kinds().size()) {}

void Failpoints::inject_every(std::chrono::milliseconds pace) {
  const std::lock_guard lock(mutex_);
  pace_ = pace;
  last_ = steady_clock::now();
}

std::optional<CommitFault> Failpoints::about_to_commit(const std::string& transaction,
                                                       bool instance_is_ending) {
  const auto kind = kind_of(transaction);
  const std::lock_guard lock(mutex_);
  if (!kind) {
    unknown_.insert(transaction);
    return std::nullopt;
  }
  const bool is_rare = ++seen_[*kind] * kOften < ++all_seen_;
  const auto open = missing_faults(*kind);
  const bool is_urgent = is_rare && !open.empty();
  if (pace_.count() == 0 || (instance_is_ending && !is_urgent)) return std::nullopt;
  const bool is_awaited = open.empty() && precedes_missing_kind(*kind);
  const auto pace = open.empty() && !is_awaited ? pace_ * kLater : pace_;
  if (!is_urgent && steady_clock::now() < last_ + pace) return std::nullopt;
  if (!is_urgent) last_ = steady_clock::now();
  CommitFault fault =
      open.empty() ? kCommitFaults[random_() % kCommitFaults.size()] : open[random_() % open.size()];
  if (is_awaited) fault = CommitFault::cut_after;
  ++counts_[*kind][static_cast<std::size_t>(fault)];
  return fault;
}

std::vector<CommitFault> Failpoints::missing_faults(std::size_t kind) const {
  std::vector<CommitFault> open;
  for (const CommitFault fault : kCommitFaults) {
    if (counts_[kind][static_cast<std::size_t>(fault)] == 0) open.push_back(fault);
  }
  return open;
}

// Whether another kind that is not yet hit in every way occurs only after a commit of this kind loses its
// response.
bool Failpoints::precedes_missing_kind(std::size_t kind) const {
  for (std::size_t other = 0; other < transaction_kinds().size(); ++other) {
    if (transaction_kinds()[other].follows_lost == transaction_kinds()[kind].name &&
        !missing_faults(other).empty())
      return true;
  }
  return false;
}

Failpoints::Counts Failpoints::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

int Failpoints::total(CommitFault fault) const {
  const std::lock_guard lock(mutex_);
  int sum = 0;
  for (const auto& of_kind : counts_) sum += of_kind[static_cast<std::size_t>(fault)];
  return sum;
}

std::vector<std::size_t> Failpoints::incomplete() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::size_t> found;
  for (std::size_t kind = 0; kind < counts_.size(); ++kind) {
    if (!missing_faults(kind).empty()) found.push_back(kind);
  }
  return found;
}

std::set<std::string> Failpoints::unknown() const {
  const std::lock_guard lock(mutex_);
  return unknown_;
}

}  // namespace orchestrator::chaos
