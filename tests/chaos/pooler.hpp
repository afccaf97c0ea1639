// PgBouncer in transaction mode, as many have it before their PostgreSQL.
#pragma once

#include <filesystem>
#include <memory>

#include "chaos/proxy.hpp"
#include "embedded/process.hpp"

namespace orchestrator::chaos {

// Runs from construction to destruction. The thread that makes it must live as long.
class Pooler {
 public:
  // Keeps at most `sessions` with the PostgreSQL.
  Pooler(const Upstream& postgres, int sessions, const std::filesystem::path& directory);

  // Where it listens.
  Upstream upstream() const { return {"127.0.0.1", port_}; }

 private:
  int port_;
  std::unique_ptr<embedded::ChildProcess> process_;
};

}  // namespace orchestrator::chaos
