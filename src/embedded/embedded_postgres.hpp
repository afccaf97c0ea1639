// The private PostgreSQL of a service that was given no DATABASE_URL: a cluster of its own under DATA_DIR,
// served by the newest installed PostgreSQL on a unix socket that no other user can open.
//
// The server is a child in a session of its own, run as an unprivileged user when we are root. When this
// process dies, however it dies, the kernel tells the server to shut down; the next start waits for that.
// Data are kept; only one service at a time can use a data directory.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "embedded/data_directory.hpp"
#include "embedded/installation.hpp"
#include "embedded/process.hpp"

namespace orchestrator::embedded {

// Not safe for concurrent use, except for the URLs. The thread that starts the server must live as long as
// the server is to run. Throws std::runtime_error with a text for the operator.
class EmbeddedPostgres {
 public:
  struct Options {
    std::filesystem::path data_dir;
    bool durable = true;  // false: faster, and a crash of the machine may lose the data; for tests
  };

  // Makes the cluster if there is none and starts the server.
  explicit EmbeddedPostgres(const Options& options);

  // Stops the server in an orderly way.
  ~EmbeddedPostgres();
  EmbeddedPostgres(const EmbeddedPostgres&) = delete;
  EmbeddedPostgres& operator=(const EmbeddedPostgres&) = delete;

  // libpq connection text of the application's own database, and of the administrator's.
  std::string url() const;
  std::string administrator_url() const;

  bool start();     // returns when it accepts connections; false: it was running already
  void stop();      // open transactions are rolled back, everything is written
  void stop_now();  // as if it had crashed: the next start recovers

 private:
  void make_cluster();
  void launch();
  void wait_until_ready(std::uintmax_t log_start);
  void end(int signal);

  Options options_;
  embedded::DataDirectory directory_;
  embedded::Installation installation_;
  std::unique_ptr<embedded::ChildProcess> server_;
};

}  // namespace orchestrator::embedded
