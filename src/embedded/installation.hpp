// The PostgreSQL that is installed on this machine.
#pragma once

#include <filesystem>
#include <optional>

namespace orchestrator::embedded {

struct Installation {
  std::filesystem::path bin;  // holds postgres and initdb
  int major_version = 0;
};

// The newest that can serve us (15 or later), or exactly `major_version` if data of that version exist.
// Throws std::runtime_error that says what to install.
Installation find_installation(std::optional<int> major_version);

}  // namespace orchestrator::embedded
