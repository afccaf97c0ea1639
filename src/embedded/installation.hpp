// Finds the PostgreSQL that is installed on this machine.
#pragma once

#include <filesystem>
#include <optional>

namespace orchestrator::embedded {

struct Installation {
  std::filesystem::path bin;  // contains postgres and initdb
  int major_version = 0;
};

// The newest installed version, 15 or later; or `major_version`, the version of an existing cluster. Throws
// std::runtime_error that tells what to install.
Installation find_installation(std::optional<int> major_version);

// The one in this folder. Throws std::runtime_error if there is none.
Installation installation_in(const std::filesystem::path& bin);

}  // namespace orchestrator::embedded
