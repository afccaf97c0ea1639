// The directory of the embedded PostgreSQL:
//
//   DATA_DIR/lock           locked while a service uses the directory; contains its process id
//   DATA_DIR/postgres/      the cluster
//   DATA_DIR/socket/        the unix socket, inaccessible to other users
//   DATA_DIR/postgres.log   the output of the server
#pragma once

#include <filesystem>
#include <optional>

#include "embedded/process.hpp"

namespace orchestrator::embedded {

// Locks the directory for the lifetime of this object. Throws std::runtime_error, naming the directory, if it
// cannot be created, is in use, or is inaccessible to the user that PostgreSQL must run as.
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

  // The user to run PostgreSQL as, or nothing for the current user. PostgreSQL refuses to run as root, so for
  // root it is the owner of the cluster, or the user postgres or nobody.
  const std::optional<Account>& account() const { return account_; }

  // The PostgreSQL version of the cluster; nothing before the first start.
  std::optional<int> major_version() const;

  // Replaces `directory` by an empty one that only the account can access.
  std::filesystem::path create_private(const std::filesystem::path& directory) const;

  // Opens the log for appending. A log of more than 16 MiB is first renamed to postgres.log.1.
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
