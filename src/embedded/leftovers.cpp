#include "embedded/leftovers.hpp"

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace orchestrator::embedded {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kEndPollInterval{50};

// The working directory of every PostgreSQL process is its cluster. The name excludes shells and editors.
bool works_in(const fs::path& process, const fs::path& cluster) {
  std::string name;
  std::getline(std::ifstream(process / "comm"), name);
  if (name != "postgres") return false;
  std::error_code gone;
  return fs::read_symlink(process / "cwd", gone) == cluster && !gone;
}

std::vector<pid_t> processes_in(const fs::path& cluster) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (works_in(entry.path(), cluster)) found.push_back(static_cast<pid_t>(std::stol(name)));
  }
  return found;
}

bool all_gone(const fs::path& cluster, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!processes_in(cluster).empty()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kEndPollInterval);
  }
  return true;
}

// Signals the postmaster if it is alive, because it shuts down the other processes in order; otherwise each
// process.
void signal_server(const fs::path& cluster, int to_postmaster, int to_orphans) {
  pid_t postmaster = 0;
  std::ifstream(cluster / "postmaster.pid") >> postmaster;
  const std::vector<pid_t> processes = processes_in(cluster);
  if (std::find(processes.begin(), processes.end(), postmaster) != processes.end()) {
    kill(postmaster, to_postmaster);
    return;
  }
  for (const pid_t process : processes) kill(process, to_orphans);
}

}  // namespace

void end_leftovers(const fs::path& cluster) {
  std::error_code missing;
  const fs::path real = fs::canonical(cluster, missing);
  if (missing) return;

  struct Round {
    int to_postmaster;
    int to_orphans;
    std::chrono::seconds limit;
  };
  constexpr Round rounds[] = {{SIGINT, SIGTERM, std::chrono::seconds{30}},
                              {SIGQUIT, SIGQUIT, std::chrono::seconds{10}},
                              {SIGKILL, SIGKILL, std::chrono::seconds{10}}};
  bool gone = all_gone(real, std::chrono::seconds{0});
  for (const Round& round : rounds) {
    if (gone) break;
    signal_server(real, round.to_postmaster, round.to_orphans);
    gone = all_gone(real, round.limit);
  }
  if (!gone)
    throw std::runtime_error("A PostgreSQL process in " + cluster.string() +
                             " does not end, even after SIGKILL");
  fs::remove(real / "postmaster.pid");
}

}  // namespace orchestrator::embedded
