#include "embedded/data_directory.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace orchestrator::embedded {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxLogSize = 16 * 1024 * 1024;  // bytes
constexpr std::string_view kSocketFile = "/.s.PGSQL.5432";
constexpr std::size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

[[noreturn]] void refuse(const fs::path& directory, const std::string& why) {
  throw std::runtime_error("DATA_DIR " + directory.string() + " " + why);
}

fs::path created(const fs::path& root) {
  const fs::path directory = fs::absolute(root).lexically_normal();
  std::error_code error;
  const bool is_new = fs::create_directories(directory, error);
  if (error)
    refuse(directory, "cannot be created: " + error.message() + "; choose one that this user may write to");
  // PostgreSQL runs as another user than root and must be able to traverse this directory. Its private
  // directories are below.
  constexpr auto traversable = fs::perms(0755);
  if (is_new && geteuid() == 0) fs::permissions(directory, traversable);
  return directory;
}

Account account_of(const passwd& entry) {
  Account account{entry.pw_uid, entry.pw_gid, {}, entry.pw_name};
  int count = 0;
  getgrouplist(entry.pw_name, entry.pw_gid, nullptr, &count);
  account.groups.resize(static_cast<std::size_t>(count));
  getgrouplist(entry.pw_name, entry.pw_gid, account.groups.data(), &count);
  return account;
}

Account account_of_owner(const struct stat& owner) {
  const passwd* entry = getpwuid(owner.st_uid);
  if (entry) return account_of(*entry);
  return {owner.st_uid, owner.st_gid, {owner.st_gid}, "user " + std::to_string(owner.st_uid)};
}

std::optional<Account> choose_account(const fs::path& cluster) {
  if (geteuid() != 0) return std::nullopt;
  struct stat owner = {};
  if (stat(cluster.c_str(), &owner) == 0) {
    if (owner.st_uid != 0) return account_of_owner(owner);
    throw std::runtime_error(
        cluster.string() +
        " is owned by root, and PostgreSQL refuses to run as root: chown -R it to another user");
  }
  for (const char* name : {"postgres", "nobody"}) {
    const passwd* entry = getpwnam(name);
    if (entry) return account_of(*entry);
  }
  throw std::runtime_error(
      "PostgreSQL refuses to run as root, and neither the user postgres nor nobody exists: create one");
}

// The first of the directories that the account cannot traverse. A child process that runs as the account
// checks this, so that every kind of permission counts.
std::optional<fs::path> first_inaccessible(const std::vector<fs::path>& directories, const Account& account) {
  std::vector<const char*> names;
  for (const fs::path& directory : directories) names.push_back(directory.c_str());
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    if (!become(account)) _exit(0);  // the start of the server reports the failure
    int position = 1;
    for (const char* name : names) {
      if (access(name, X_OK) != 0) _exit(position);
      ++position;
    }
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  const int position = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  if (position == 0) return std::nullopt;
  return directories.at(static_cast<std::size_t>(position - 1));
}

std::vector<fs::path> with_ancestors(const fs::path& directory) {
  std::vector<fs::path> all;
  fs::path so_far;
  for (const fs::path& part : directory) all.push_back(so_far /= part);
  return all;
}

}  // namespace

DataDirectory::DataDirectory(const fs::path& root) : root_(created(root)) {
  check_socket_path();
  lock();
  try {
    account_ = choose_account(cluster());
    check_reachable();
  } catch (...) {
    close(lock_);
    throw;
  }
}

DataDirectory::~DataDirectory() { close(lock_); }

void DataDirectory::check_socket_path() const {
  const std::string path = socket().string() + std::string(kSocketFile);
  if (path.size() > kMaxSocketPath) {
    refuse(root_, "is too long for the path of a unix socket: choose one of at most " +
                      std::to_string(root_.string().size() - (path.size() - kMaxSocketPath)) + " bytes");
  }
  // PostgreSQL and libpq take a comma as the separator of addresses.
  if (path.find(',') != std::string::npos) refuse(root_, "contains a comma: choose a path without one");
}

void DataDirectory::lock() {
  const fs::path file = root_ / "lock";
  lock_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (lock_ < 0) refuse(root_, "cannot be written to: " + std::generic_category().message(errno));
  if (flock(lock_, LOCK_EX | LOCK_NB) == 0) {
    const std::string pid = std::to_string(getpid()) + "\n";
    if (ftruncate(lock_, 0) == 0 && pwrite(lock_, pid.data(), pid.size(), 0) > 0) return;
    const int failure = errno;
    close(lock_);
    refuse(root_, "cannot be written to: " + std::generic_category().message(failure));
  }
  std::string holder;
  std::getline(std::ifstream(file), holder);
  close(lock_);
  refuse(root_, "is in use by another message-orchestrator (process " + holder +
                    "): stop it, or choose another DATA_DIR, or share one PostgreSQL through DATABASE_URL");
}

void DataDirectory::check_reachable() const {
  if (!account_) return;
  const std::optional<fs::path> closed = first_inaccessible(with_ancestors(root_), *account_);
  if (!closed) return;
  refuse(root_, "is inaccessible to the user " + account_->name +
                    ", as which PostgreSQL runs because it refuses to run as root: " + closed->string() +
                    " is closed to that user. Choose another DATA_DIR, such as " +
                    "/var/lib/message-orchestrator, or start the service as an ordinary user");
}

std::optional<int> DataDirectory::major_version() const {
  int version = 0;
  if (std::ifstream(cluster() / "PG_VERSION") >> version) return version;
  return std::nullopt;
}

fs::path DataDirectory::create_private(const fs::path& directory) const {
  fs::remove_all(directory);
  fs::create_directory(directory);
  fs::permissions(directory, fs::perms::owner_all);
  if (account_ && chown(directory.c_str(), account_->uid, account_->gid) != 0) {
    throw std::system_error(errno, std::generic_category(), "chown " + directory.string());
  }
  return directory;
}

int DataDirectory::open_log() const {
  std::error_code ignored;
  if (fs::file_size(log(), ignored) > kMaxLogSize && !ignored) {
    fs::rename(log(), root_ / "postgres.log.1");
  }
  const int descriptor = open(log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), log().string());
  return descriptor;
}

}  // namespace orchestrator::embedded
