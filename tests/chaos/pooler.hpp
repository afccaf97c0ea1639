// PgBouncer in transaction mode in front of PostgreSQL.
#pragma once

#include <filesystem>
#include <memory>

#include "chaos/proxy.hpp"
#include "embedded/process.hpp"

namespace orchestrator::chaos {

// Runs from construction to destruction. The thread that creates it must outlive it.
class Pooler {
 public:
  // Opens at most `sessions` server connections.
  Pooler(const Upstream& postgres, int sessions, const std::filesystem::path& directory);

  // The address on which it listens.
  Upstream upstream() const { return {"127.0.0.1", port_}; }

 private:
  int port_;
  std::unique_ptr<embedded::ChildProcess> process_;
};

}  // namespace orchestrator::chaos
