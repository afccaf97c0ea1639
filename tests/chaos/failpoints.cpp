#include "chaos/failpoints.hpp"

#include <algorithm>

#include "chaos/kinds.hpp"

namespace orchestrator::chaos {
namespace {

using std::chrono::steady_clock;

// A kind is rare if it makes up less than a two-hundredth of all commits: then it does not wait for its
// strikes. What has been struck in every way waits longer.
constexpr std::int64_t kOften = 200;
constexpr int kLater = 8;

}  // namespace

Failpoints::Failpoints(unsigned seed) : random_(seed), counts_(kinds().size()), seen_(kinds().size()) {}

void Failpoints::strike_every(std::chrono::milliseconds pace) {
  const std::lock_guard lock(mutex_);
  pace_ = pace;
  last_ = steady_clock::now();
}

std::optional<Strike> Failpoints::about_to_commit(const std::string& transaction, bool instance_is_ending) {
  const auto kind = kind_of(transaction);
  const std::lock_guard lock(mutex_);
  if (!kind) {
    unknown_.insert(transaction);
    return std::nullopt;
  }
  const bool is_rare = ++seen_[*kind] * kOften < ++all_seen_;
  const auto open = not_yet(*kind);
  const bool is_urgent = is_rare && !open.empty();
  if (pace_.count() == 0 || (instance_is_ending && !is_urgent)) return std::nullopt;
  const bool is_awaited = open.empty() && brings_what_is_open(*kind);
  const auto pace = open.empty() && !is_awaited ? pace_ * kLater : pace_;
  if (!is_urgent && steady_clock::now() < last_ + pace) return std::nullopt;
  if (!is_urgent) last_ = steady_clock::now();
  Strike strike = open.empty() ? kStrikes[random_() % kStrikes.size()] : open[random_() % open.size()];
  if (is_awaited) strike = Strike::cut_after;
  ++counts_[*kind][static_cast<std::size_t>(strike)];
  return strike;
}

std::vector<Strike> Failpoints::not_yet(std::size_t kind) const {
  std::vector<Strike> open;
  for (const Strike strike : kStrikes) {
    if (counts_[kind][static_cast<std::size_t>(strike)] == 0) open.push_back(strike);
  }
  return open;
}

// Whether another kind, not yet struck in every way, comes only when a commit of this one loses its answer.
bool Failpoints::brings_what_is_open(std::size_t kind) const {
  for (std::size_t other = 0; other < kinds().size(); ++other) {
    if (kinds()[other].comes_after_lost == kinds()[kind].name && !not_yet(other).empty()) return true;
  }
  return false;
}

Failpoints::Counts Failpoints::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

int Failpoints::total(Strike strike) const {
  const std::lock_guard lock(mutex_);
  int sum = 0;
  for (const auto& of_kind : counts_) sum += of_kind[static_cast<std::size_t>(strike)];
  return sum;
}

std::vector<std::size_t> Failpoints::incomplete() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::size_t> found;
  for (std::size_t kind = 0; kind < counts_.size(); ++kind) {
    if (!not_yet(kind).empty()) found.push_back(kind);
  }
  return found;
}

std::set<std::string> Failpoints::unknown() const {
  const std::lock_guard lock(mutex_);
  return unknown_;
}

}  // namespace orchestrator::chaos
