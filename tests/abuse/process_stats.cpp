#include "abuse/process_stats.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace orchestrator::abuse {

ProcessStats process_stats_of(pid_t process) {
  const std::filesystem::path directory = "/proc/" + std::to_string(process);
  ProcessStats stats;
  std::ifstream status(directory / "status");
  for (std::string name; status >> name;) {
    std::size_t* number = name == "VmRSS:"     ? &stats.resident_mib
                          : name == "VmHWM:"   ? &stats.peak_resident_mib
                          : name == "Threads:" ? &stats.threads
                                               : nullptr;
    if (number != nullptr) status >> *number;
  }
  stats.resident_mib /= 1024;
  stats.peak_resident_mib /= 1024;
  std::error_code error;
  const std::filesystem::directory_iterator descriptors(directory / "fd", error);
  if (!error) stats.descriptors = static_cast<std::size_t>(std::distance(begin(descriptors), {}));
  return stats;
}

}  // namespace orchestrator::abuse
