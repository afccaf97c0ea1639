// PostgreSQL processes that outlived the service that started them.
#pragma once

#include <filesystem>

namespace orchestrator::embedded {

// Ends every PostgreSQL process at work in `cluster`, gently first, and waits until they are gone; then
// removes the pid file, which nobody stands behind any more. Throws std::runtime_error if one stays.
// To be called only while the data directory's lock is held.
void end_leftovers(const std::filesystem::path& cluster);

}  // namespace orchestrator::embedded
