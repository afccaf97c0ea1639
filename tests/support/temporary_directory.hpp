// A directory that exists as long as the object.
#pragma once

#include <filesystem>

namespace orchestrator::support {

// Under /tmp, so that its name is short enough for a unix socket. Other users may traverse it, which
// PostgreSQL needs when root runs the tests.
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
