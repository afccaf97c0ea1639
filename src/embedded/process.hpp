// Child processes: programs that run to their end, and servers that end with their parent.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace orchestrator::embedded {

// The system user that a child process runs as.
struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  std::string name;  // for error messages
};

struct Command {
  std::vector<std::string> arguments;    // the first is the path of the program; PATH is not searched
  std::vector<std::string> environment;  // NAME=value; the parent's environment is not inherited
  std::filesystem::path working_directory = "/";
  std::optional<Account> account = {};  // nothing: the current user
  int output = -1;                      // file descriptor for standard output and error; -1: the parent's
  int death_signal = SIGKILL;           // sent by the kernel when the *thread* that started the child ends
};

// A running child process in its own session, so that Ctrl-C in a terminal does not reach it. Not safe for
// concurrent use. The destructor kills a process that still runs. Throws std::system_error if it cannot
// start.
class ChildProcess {
 public:
  explicit ChildProcess(const Command& command);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;

  // The wait status, or nothing if the process still runs after `limit`.
  std::optional<int> wait_for(std::chrono::milliseconds limit);

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

struct CommandResult {
  int status = 0;      // the wait status of waitpid; 0: success
  std::string output;  // standard output and errors together
};

// Runs a program to its end, and kills it after `limit`.
CommandResult run(const Command& command, std::chrono::seconds limit);

// "exit status 1" or "signal 9".
std::string describe_status(int status);

// Changes the identity of this process irreversibly. Async-signal-safe, for use between fork and exec.
bool become(const Account& account);

}  // namespace orchestrator::embedded
