#include "chaos/failpoints.hpp"

#include <algorithm>

#include "chaos/kinds.hpp"

namespace orchestrator::chaos {
namespace {

using std::chrono::steady_clock;

// A kind is rare if it makes up less than a two-hundredth of all commits. What is rare need not wait as long.
constexpr std::int64_t kOften = 200;
constexpr int kSooner = 6;

// Of the commits of a kind that has been struck in every way, so many are passed over for one that is not.
constexpr unsigned kPassedOver = 40;

}  // namespace

Failpoints::Failpoints(unsigned seed) : random_(seed), counts_(kinds().size()), seen_(kinds().size()) {}

void Failpoints::strike_every(std::chrono::milliseconds pace) {
  const std::lock_guard lock(mutex_);
  pace_ = pace;
  last_ = steady_clock::now();
}

std::optional<Strike> Failpoints::about_to_commit(const std::string& transaction) {
  const auto kind = kind_of(transaction);
  const std::lock_guard lock(mutex_);
  if (!kind) {
    unknown_.insert(transaction);
    return std::nullopt;
  }
  ++all_seen_;
  const bool is_rare = ++seen_[*kind] * kOften < all_seen_;
  const auto pace = is_rare ? pace_ / kSooner : pace_;
  if (pace_.count() == 0 || steady_clock::now() < last_ + pace) return std::nullopt;
  const auto strike = choose(*kind);
  if (!strike) return std::nullopt;
  ++counts_[*kind][static_cast<std::size_t>(*strike)];
  last_ = steady_clock::now();
  return strike;
}

std::optional<Strike> Failpoints::choose(std::size_t kind) {
  std::vector<Strike> open;
  for (const Strike strike : kStrikes) {
    if (counts_[kind][static_cast<std::size_t>(strike)] == 0) open.push_back(strike);
  }
  if (!open.empty()) return open[random_() % open.size()];
  if (random_() % kPassedOver != 0) return std::nullopt;
  return kStrikes[random_() % kStrikes.size()];
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

std::set<std::string> Failpoints::unknown() const {
  const std::lock_guard lock(mutex_);
  return unknown_;
}

}  // namespace orchestrator::chaos
