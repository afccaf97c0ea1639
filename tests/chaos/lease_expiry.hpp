// Expires leases early, by changing the times in the tables, so that a run need not wait for minutes.
#pragma once

#include <chrono>
#include <string>

namespace orchestrator::chaos {

// A lease or look-up older than `min_age` belongs to no running instance. One that expires within `margin` is
// left to expire by itself.
struct LeaseExpiry {
  std::chrono::seconds min_age;
  std::chrono::seconds margin;
};

// SEND_TIMEOUT_SECONDS=2 plus time for a starved instance or a late provider report; less without load.
inline constexpr LeaseExpiry kUnderLoad{std::chrono::seconds{8}, std::chrono::seconds{5}};
inline constexpr LeaseExpiry kWithoutLoad{std::chrono::seconds{3}, std::chrono::seconds{0}};

// Expires the message leases of dead instances, and makes look-ups of unknown outcomes due.
void expire_leases_of_dead_instances(const std::string& url, const LeaseExpiry& expiry);

// Expires turn leases that no instance renews.
void expire_unrenewed_turns(const std::string& url);

}  // namespace orchestrator::chaos
