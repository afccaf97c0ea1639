#include "abuse/vitals.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace orchestrator::abuse {

Vitals vitals_of(pid_t process) {
  const std::filesystem::path directory = "/proc/" + std::to_string(process);
  Vitals vitals;
  std::ifstream status(directory / "status");
  for (std::string name; status >> name;) {
    std::size_t* number = name == "VmRSS:"     ? &vitals.resident_mib
                          : name == "VmHWM:"   ? &vitals.peak_resident_mib
                          : name == "Threads:" ? &vitals.threads
                                               : nullptr;
    if (number != nullptr) status >> *number;
  }
  vitals.resident_mib /= 1024;
  vitals.peak_resident_mib /= 1024;
  std::error_code gone;
  const std::filesystem::directory_iterator descriptors(directory / "fd", gone);
  if (!gone) vitals.descriptors = static_cast<std::size_t>(std::distance(begin(descriptors), {}));
  return vitals;
}

}  // namespace orchestrator::abuse
