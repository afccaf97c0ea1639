#include "support/service.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <stdexcept>
#include <system_error>

namespace orchestrator::support {

namespace {

std::vector<std::string> lines_of(Variables environment) {
  const char* path = std::getenv("PATH");
  environment.insert({{"PATH", path ? path : "/usr/bin:/bin"}, {"HOST", "127.0.0.1"}, {"PORT", "0"}});
  for (const char* name :
       {"LOGICAL_SHARDS", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) environment.insert({name, value});
  }
  std::vector<std::string> lines;
  for (const auto& [name, value] : environment) lines.push_back(name + "=" + value);
  return lines;
}

// Beside the test program: each variant of it has its own.
std::string program() {
  return std::filesystem::read_symlink("/proc/self/exe").replace_filename("message-orchestrator").string();
}

// 0 when the line has not been printed yet.
int port_in(const std::string& output) {
  static const std::regex line(R"(listening on \S*:(\d+)\D)");
  std::smatch match;
  return std::regex_search(output, match, line) ? std::stoi(match[1]) : 0;
}

// The first is printed by AddressSanitizer, LeakSanitizer and ThreadSanitizer, the second by UBSan.
bool names_a_defect(const std::string& output) {
  return output.find("Sanitizer: ") != std::string::npos ||
         output.find("runtime error: ") != std::string::npos;
}

}  // namespace

Service::Service(const Variables& environment, const std::vector<std::string>& arguments) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  pipe_ = ends[0];
  embedded::Command command{
      .arguments = {program()}, .environment = lines_of(environment), .output = ends[1]};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  child_ = std::make_unique<embedded::ChildProcess>(command);
  close(ends[1]);
  reader_ = std::thread([this] { read_output(); });
}

Service::~Service() {
  terminate();
  wait();
  child_.reset();
  reader_.join();
  close(pipe_);
  if (names_a_defect(output_)) {
    std::fputs(output_.c_str(), stderr);
    std::abort();
  }
}

void Service::read_output() {
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t got = read(pipe_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    const std::lock_guard lock(mutex_);
    if (got > 0) output_.append(buffer.data(), static_cast<std::size_t>(got));
    ended_ = got <= 0;
    more_.notify_all();
    if (ended_) return;
  }
}

bool Service::wait_for_output(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  more_.wait_for(lock, limit, [&] { return condition() || ended_; });
  return condition();
}

int Service::port(std::chrono::milliseconds limit) {
  if (!wait_for_output([&] { return port_in(output_) != 0; }, limit)) {
    throw std::runtime_error("the service does not listen; it said:\n" + output());
  }
  return port_in(output());
}

bool Service::prints(const std::string& text, std::chrono::milliseconds limit) {
  return wait_for_output([&] { return output_.find(text) != std::string::npos; }, limit);
}

std::string Service::output() const {
  const std::lock_guard lock(mutex_);
  return output_;
}

}  // namespace orchestrator::support
