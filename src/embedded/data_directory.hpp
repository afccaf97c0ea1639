// Where the private PostgreSQL lives:
//
//   DATA_DIR/lock           held while a service uses the directory; says which process that is
//   DATA_DIR/postgres/      the cluster
//   DATA_DIR/socket/        its unix socket, closed to other users
//   DATA_DIR/postgres.log   what it printed
#pragma once

#include <filesystem>
#include <optional>

#include "embedded/process.hpp"

namespace orchestrator::embedded {

// Ours alone while this object lives. Throws std::runtime_error, naming the directory, when it cannot be
// made, is in use, or cannot be reached by the user that PostgreSQL is to run as.
class DataDirectory {
 public:
  explicit DataDirectory(const std::filesystem::path& root);
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path cluster() const { return root_ / "postgres"; }
  std::filesystem::path socket() const { return root_ / "socket"; }
  std::filesystem::path log() const { return root_ / "postgres.log"; }

  // The user to run PostgreSQL as: the data's owner when we are root, which PostgreSQL refuses to be.
  const std::optional<Account>& account() const { return account_; }

  // The PostgreSQL that wrote the cluster; nothing before the first start.
  std::optional<int> major_version() const;

  // An empty directory beside the cluster, owned by the account.
  std::filesystem::path make_private(const std::filesystem::path& directory) const;

  // A file descriptor to append to the log with; the log is set aside first when it has grown large.
  int open_log() const;

 private:
  void lock();
  void check_socket_path() const;
  void check_reachable() const;

  std::filesystem::path root_;
  int lock_ = -1;
  std::optional<Account> account_;
};

}  // namespace orchestrator::embedded
