// The PostgreSQL of a service without DATABASE_URL: a cluster under DATA_DIR, served by the newest installed
// PostgreSQL on a unix socket that no other user can open.
//
// The server is a child process in its own session; under root it runs as an unprivileged user. When this
// process dies for any reason, the kernel signals the server to shut down; the next start waits for that. The
// data persist. One service at a time can use a data directory.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "embedded/data_directory.hpp"
#include "embedded/installation.hpp"
#include "embedded/process.hpp"

namespace orchestrator::embedded {

// Not safe for concurrent use, except for url() and administrator_url(). The server ends with the thread that
// started it. Throws std::runtime_error with a message for the operator.
class EmbeddedPostgres {
 public:
  struct Options {
    std::filesystem::path data_dir;
    bool durable = true;  // false, for tests: faster, but a crash of the machine may lose data
    std::filesystem::path bin =
        {};  // the folder of the programs postgres and initdb; empty: the newest installed
  };

  // Creates the cluster if it does not exist, and starts the server.
  explicit EmbeddedPostgres(const Options& options);

  // Stops the server as stop() does.
  ~EmbeddedPostgres();
  EmbeddedPostgres(const EmbeddedPostgres&) = delete;
  EmbeddedPostgres& operator=(const EmbeddedPostgres&) = delete;

  // libpq connection strings of the application's database, and of the administrator.
  std::string url() const;
  std::string administrator_url() const;

  bool start();     // returns when the server accepts connections; false if it was running already
  void stop();      // fast shutdown: rolls back open transactions and writes a checkpoint
  void stop_now();  // immediate shutdown: the next start recovers as after a crash

 private:
  void create_cluster();
  void launch();
  void wait_until_ready(std::uintmax_t log_start);
  void end(int signal);

  Options options_;
  DataDirectory directory_;
  Installation installation_;
  std::unique_ptr<ChildProcess> server_;
};

}  // namespace orchestrator::embedded
