#include "orchestrator/uuid_v7.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

namespace orchestrator {
namespace {

// The variant (the first digit, 8 to b) and the 12 bits after it.
constexpr unsigned kCarriesShard = 0x8000;
constexpr unsigned kCarriesNoShard = 0xb000;

std::mt19937_64 seeded_generator() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
  return std::mt19937_64{seed};
}

}  // namespace

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

int shard_carried_by(const MessageId& id) { return std::stoi(id.value.substr(20, 3), nullptr, 16); }

UuidV7Source::UuidV7Source(LogicalShards shards) : shards_(shards), random_(seeded_generator()) {}

MessageId UuidV7Source::next(Instant now, const UserId& user) { return next(now, shards_.of(user)); }

MessageId UuidV7Source::next(Instant now, int shard) {
  return MessageId{generate(now, kCarriesShard | static_cast<unsigned>(shard))};
}

std::string UuidV7Source::next_token(Instant now) { return generate(now, kCarriesNoShard); }

std::string UuidV7Source::generate(Instant now, unsigned variant_and_shard) {
  std::uint64_t us = 0;
  std::uint64_t noise = 0;
  {
    const std::lock_guard lock(mutex_);
    last_us_ = std::max<std::int64_t>(now.time_since_epoch().count(), last_us_ + 1);
    us = static_cast<std::uint64_t>(last_us_);
    noise = random_();
  }
  const std::uint64_t milliseconds = us / 1000;
  const std::uint64_t fraction = us % 1000 * 4096 / 1000;  // 12 bits
  std::array<char, 37> text{};
  std::snprintf(text.data(), text.size(), "%08llx-%04llx-7%03llx-%04x-%012llx",
                static_cast<unsigned long long>(milliseconds >> 16 & 0xffffffff),
                static_cast<unsigned long long>(milliseconds & 0xffff),
                static_cast<unsigned long long>(fraction), variant_and_shard,
                static_cast<unsigned long long>(noise & 0xffffffffffff));
  return text.data();
}

}  // namespace orchestrator
