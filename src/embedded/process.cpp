#include "embedded/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>
#include <thread>

namespace orchestrator::embedded {

namespace {

constexpr std::chrono::milliseconds kExitPollInterval{10};

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::vector<char*> c_strings(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Everything that the child needs, allocated before fork: between fork and exec, a program with threads may
// only make async-signal-safe calls.
struct Prepared {
  const Command& command;
  std::vector<char*> arguments = c_strings(command.arguments);
  std::vector<char*> environment = c_strings(command.environment);
  pid_t parent = getpid();
};

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool redirect(int output) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || dup2(null, STDIN_FILENO) < 0) return false;
  if (output >= 0 && (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)) return false;
  close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
  return true;
}

// Must follow the change of identity, which clears the death signal.
bool tie_to_parent(const Prepared& prepared) {
  if (prctl(PR_SET_PDEATHSIG, prepared.command.death_signal) != 0) return false;
  if (getppid() != prepared.parent) _exit(EXIT_FAILURE);  // the parent died before the call
  return true;
}

void become_program(const Prepared& prepared) {
  const Command& command = prepared.command;
  reset_signals();
  umask(S_IRWXG | S_IRWXO);
  if (setsid() < 0 || !redirect(command.output)) return;
  if (command.account && !become(*command.account)) return;
  if (!tie_to_parent(prepared) || chdir(command.working_directory.c_str()) != 0) return;
  execve(prepared.arguments[0], prepared.arguments.data(), prepared.environment.data());
}

// The errno of the child's failure before exec; 0 after a successful exec.
int read_failure(int descriptor) {
  int failure = 0;
  ssize_t got = 0;
  do got = read(descriptor, &failure, sizeof failure);
  while (got < 0 && errno == EINTR);
  return got == sizeof failure ? failure : 0;
}

std::string read_from_start(int descriptor) {
  std::string text(static_cast<std::size_t>(std::max<off_t>(0, lseek(descriptor, 0, SEEK_END))), '\0');
  const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

}  // namespace

bool become(const Account& account) {
  return setgroups(account.groups.size(), account.groups.data()) == 0 && setgid(account.gid) == 0 &&
         setuid(account.uid) == 0;
}

ChildProcess::ChildProcess(const Command& command) {
  const Prepared prepared{command};
  int failure_pipe[2];
  if (pipe2(failure_pipe, O_CLOEXEC) != 0) throw_errno("pipe");
  pid_ = fork();
  if (pid_ == 0) {
    become_program(prepared);
    const int failure = errno;
    [[maybe_unused]] const ssize_t written = write(failure_pipe[1], &failure, sizeof failure);
    _exit(EXIT_FAILURE);
  }
  const int fork_failure = pid_ < 0 ? errno : 0;
  close(failure_pipe[1]);
  const int failure = pid_ < 0 ? fork_failure : read_failure(failure_pipe[0]);
  close(failure_pipe[0]);
  if (failure == 0) return;
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
  throw std::system_error(failure, std::generic_category(), "cannot start " + command.arguments.front());
}

ChildProcess::~ChildProcess() {
  if (status_) return;
  signal(SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

void ChildProcess::signal(int number) const {
  if (!status_) kill(pid_, number);
}

std::optional<int> ChildProcess::wait_for(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!status_) {
    int status = 0;
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) status_ = status;
    if (ended < 0 && errno != EINTR) throw_errno("waitpid");
    if (ended != 0) continue;
    if (std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(kExitPollInterval);
  }
  return status_;
}

CommandResult run(const Command& command, std::chrono::seconds limit) {
  // A memory file rather than a pipe: it takes any amount of output without a concurrent reader.
  const int output = memfd_create("output", MFD_CLOEXEC);
  if (output < 0) throw_errno("memfd_create");
  struct Closer {
    int descriptor;
    ~Closer() { close(descriptor); }
  } closer{output};

  Command captured = command;
  captured.output = output;
  ChildProcess child(captured);
  std::optional<int> status = child.wait_for(limit);
  if (!status) {
    child.signal(SIGKILL);
    status = child.wait_for(limit);
  }
  return {status.value_or(SIGKILL), read_from_start(output)};
}

std::string describe_status(int status) {
  if (WIFEXITED(status)) return "exit status " + std::to_string(WEXITSTATUS(status));
  return "signal " + std::to_string(WTERMSIG(status));
}

}  // namespace orchestrator::embedded
