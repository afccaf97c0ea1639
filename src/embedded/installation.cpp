#include "embedded/installation.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "embedded/process.hpp"

namespace orchestrator::embedded {

namespace {

namespace fs = std::filesystem;

constexpr int kMinVersion = 15;
constexpr std::chrono::seconds kCommandTimeout{10};
constexpr const char* kDebianRoot = "/usr/lib/postgresql";

bool is_executable(const fs::path& path) { return access(path.c_str(), X_OK) == 0; }

// The first line of the program's output; empty if the program fails.
std::string first_line(const fs::path& program, const std::string& argument) {
  const CommandResult result =
      run({.arguments = {program.string(), argument}, .environment = {"LC_ALL=C"}}, kCommandTimeout);
  return result.status == 0 ? result.output.substr(0, result.output.find('\n')) : std::string();
}

// "postgres (PostgreSQL) 15.14 (Debian …)" → 15
int major_version_of(const fs::path& postgres) {
  const std::string line = first_line(postgres, "--version");
  const std::size_t digits = line.find_first_of("0123456789");
  return digits == std::string::npos ? 0 : std::atoi(line.c_str() + digits);
}

std::vector<fs::path> path_directories() {
  std::vector<fs::path> directories;
  const char* path = std::getenv("PATH");
  std::istringstream list(path ? path : "");
  for (std::string directory; std::getline(list, directory, ':');) {
    if (!directory.empty()) directories.emplace_back(directory);
  }
  return directories;
}

std::vector<fs::path> candidate_directories() {
  std::vector<fs::path> candidates;
  std::error_code ignored;
  for (const auto& version : fs::directory_iterator(kDebianRoot, ignored)) {
    candidates.push_back(version.path() / "bin");
  }
  for (const fs::path& directory : path_directories()) {
    candidates.push_back(directory);
    if (is_executable(directory / "pg_config")) {
      candidates.emplace_back(first_line(directory / "pg_config", "--bindir"));
    }
  }
  return candidates;
}

// The entry in PATH may be a link; initdb expects its companion programs next to the real file.
fs::path real_directory_of(const fs::path& postgres) { return fs::canonical(postgres).parent_path(); }

}  // namespace

Installation find_installation(std::optional<int> major_version) {
  Installation best;
  for (const fs::path& directory : candidate_directories()) {
    if (!is_executable(directory / "postgres")) continue;
    const Installation found{real_directory_of(directory / "postgres"),
                             major_version_of(directory / "postgres")};
    if (!is_executable(found.bin / "initdb")) continue;
    if (major_version && found.major_version != *major_version) continue;
    if (found.major_version > best.major_version) best = found;
  }
  if (best.major_version >= kMinVersion) return best;
  const std::string package = major_version ? "postgresql-" + std::to_string(*major_version) : "postgresql";
  const std::string wanted = major_version ? "PostgreSQL " + std::to_string(*major_version) +
                                                 ", the version of the existing cluster,"
                                           : "PostgreSQL " + std::to_string(kMinVersion) + " or later";
  throw std::runtime_error(wanted +
                           " is not installed on this machine: install it (Debian: apt-get install " +
                           package + "), or set DATABASE_URL to use another PostgreSQL");
}

Installation installation_in(const fs::path& bin) {
  if (!is_executable(bin / "postgres") || !is_executable(bin / "initdb")) {
    throw std::runtime_error(bin.string() + " does not contain the programs postgres and initdb");
  }
  return {real_directory_of(bin / "postgres"), major_version_of(bin / "postgres")};
}

}  // namespace orchestrator::embedded
