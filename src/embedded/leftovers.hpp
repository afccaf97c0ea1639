// PostgreSQL processes that outlived the service that started them.
#pragma once

#include <filesystem>

namespace orchestrator::embedded {

// Ends every PostgreSQL process that works in `cluster`, with increasing force, and waits for their end; then
// removes the stale pid file. Throws std::runtime_error if a process survives. The caller must have locked
// the data directory.
void end_leftovers(const std::filesystem::path& cluster);

}  // namespace orchestrator::embedded
