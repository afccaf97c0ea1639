// Lets minutes pass at once, where a service waits for minutes: by the times in its tables.
#pragma once

#include <chrono>
#include <string>

namespace orchestrator::chaos {

// Leases and questions that are older than `patience` are in nobody's hands any more. What is due within
// `margin` comes by itself.
struct Haste {
  std::chrono::seconds patience;
  std::chrono::seconds margin;
};

// SEND_TIMEOUT_SECONDS=2, and some time for an instance that has little of the machine, or until a provider's
// report comes by itself; less, when there is no load and all answer at once.
inline constexpr Haste kUnderLoad{std::chrono::seconds{8}, std::chrono::seconds{5}};
inline constexpr Haste kInTheEnd{std::chrono::seconds{3}, std::chrono::seconds{0}};

// Leases of dead instances on messages end, and a provider is asked again about what nobody knows of.
void let_a_minute_pass(const std::string& url, const Haste& haste);

// Leases of turns end that nobody renews.
void end_turns_of_the_dead(const std::string& url);

}  // namespace orchestrator::chaos
