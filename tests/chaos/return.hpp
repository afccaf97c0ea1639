// Whether all of the service is back after its database was away.
#pragma once

#include <chrono>
#include <string>

#include "chaos/stage.hpp"

namespace orchestrator::chaos {

// Posts to every instance until it serves, and waits for a promotion. What does not happen within five
// seconds of `back` is a complaint; how long it took is a note.
void expect_back(Stage& stage, std::chrono::steady_clock::time_point back, Outcome& outcome);

// "1.23 s"
std::string seconds_text(std::chrono::steady_clock::duration time);

}  // namespace orchestrator::chaos
