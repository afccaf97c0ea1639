// Child processes: programs run to their end, and servers that live as long as their owner.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace orchestrator::embedded {

// A system user that a child runs as.
struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  std::string name;  // for messages
};

struct Command {
  std::vector<std::string> arguments;    // the first is the program's path; PATH is not searched
  std::vector<std::string> environment;  // NAME=value; nothing else is passed on
  std::filesystem::path working_directory = "/";
  std::optional<Account> account = {};  // unset: stays who we are
  int output = -1;                      // descriptor for its output and errors; -1: ours
  int death_signal = SIGKILL;           // sent by the kernel when the *thread* that started it ends
};

// A running child in a session of its own, so that a terminal's Ctrl-C does not reach it. Not safe for
// concurrent use. The destructor kills what still runs. Throws std::system_error when it cannot start.
class ChildProcess {
 public:
  explicit ChildProcess(const Command& command);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;

  // The wait status once it has ended, nothing if it still runs after `limit`.
  std::optional<int> wait_for(std::chrono::milliseconds limit);

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

struct CommandResult {
  int status = 0;      // as of waitpid; 0: success
  std::string output;  // standard output and errors together
};

// Runs a program to its end; kills it after `limit`.
CommandResult run(const Command& command, std::chrono::seconds limit);

// "exit status 1" or "signal 9".
std::string describe_status(int status);

// Sets the account's identity for good. Async-signal-safe: for use between fork and exec.
bool become(const Account& account);

}  // namespace orchestrator::embedded
