// A directory that lasts as long as the object.
#pragma once

#include <filesystem>

namespace orchestrator::support {

// Under /tmp, so that its name is short enough for a unix socket; other users may pass through it, as
// PostgreSQL must when the tests are run by root.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace orchestrator::support
