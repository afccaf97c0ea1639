// Checks that the whole service has recovered after a database outage.
#pragma once

#include <chrono>
#include <string>

#include "chaos/test_bed.hpp"

namespace orchestrator::chaos {

// Posts to every instance until it serves, and waits for a promotion. Anything that takes longer than five
// seconds from `back` is a failure; the time taken is a note.
void expect_recovery(TestBed& test_bed, std::chrono::steady_clock::time_point back, Outcome& outcome);

// "1.23 s"
std::string seconds_text(std::chrono::steady_clock::duration time);

}  // namespace orchestrator::chaos
