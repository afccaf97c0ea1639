// The real binary as a child process, for end-to-end tests.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "embedded/process.hpp"

namespace orchestrator::support {

using Variables = std::map<std::string, std::string>;

// Stopped at the end of the test if it still runs. Its output is read continuously, so that it never blocks.
// A sanitizer report ends the test run.
class Service {
 public:
  // Starts `message-orchestrator ARGUMENTS…` with exactly this environment, plus PATH, HOST and PORT=0.
  explicit Service(const Variables& environment, const std::vector<std::string>& arguments = {});
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // The port on which it listens. Waits for it; throws with the output so far on time-out.
  int port(std::chrono::milliseconds limit = std::chrono::seconds{60});

  pid_t pid() const { return child_->pid(); }
  void signal(int number) { child_->signal(number); }
  void terminate() { signal(SIGTERM); }
  void kill() { signal(SIGKILL); }

  // The wait status once the process has ended; nothing if it still runs after the limit.
  std::optional<int> wait(std::chrono::milliseconds limit = std::chrono::seconds{30}) {
    return child_->wait_for(limit);
  }

  // Standard output and standard error so far.
  std::string output() const;

  // True as soon as the output contains the text.
  bool prints(const std::string& text, std::chrono::milliseconds limit = std::chrono::seconds{10});

 private:
  bool wait_for_output(const std::function<bool()>& condition, std::chrono::milliseconds limit);
  void read_output();

  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::string output_;
  bool ended_ = false;
  int pipe_ = -1;
  std::unique_ptr<embedded::ChildProcess> child_;
  std::thread reader_;
};

}  // namespace orchestrator::support
