#include "embedded/embedded_postgres.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "embedded/bootstrap.hpp"
#include "embedded/leftovers.hpp"

namespace orchestrator::embedded {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kInitdbTimeout = 180s;
constexpr auto kAnswerTimeout = 60s;     // until the server answers
constexpr auto kRecoveryTimeout = 600s;  // while the server answers that it recovers from a crash
constexpr auto kStartPollInterval = 20ms;
constexpr std::size_t kLogTail = 2000;  // bytes

// The server does not inherit the environment, because PG* variables would change its behavior.
const std::vector<std::string> kEnvironment = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"};

// Passed on the command line, so that they apply to every cluster, whichever version created it. A service
// that needs other settings uses DATABASE_URL.
constexpr std::array kSettings = {
    "listen_addresses=", "port=5432", "unix_socket_permissions=0700", "max_connections=100",
    "random_page_cost=1.1", "max_wal_size=1GB", "timezone=UTC", "jit=off", "autovacuum=on",
    "logging_collector=off", "log_destination=stderr", "log_line_prefix=%m [%p] ", "log_timezone=UTC",
    "log_min_messages=warning",
    // Statements and error details would write message texts and phone numbers to the log.
    "log_min_error_statement=panic", "log_error_verbosity=terse"};
constexpr std::array kDurable = {"fsync=on", "synchronous_commit=on", "full_page_writes=on"};
// A commit still hands the data to the kernel, so that a crash of the server alone loses nothing.
constexpr std::array kNotDurable = {"fsync=off", "synchronous_commit=on", "full_page_writes=off"};

// A quarter of the memory, as PostgreSQL's manual advises; pages are allocated only when they are first used.
// Tests run many servers at a time and use the minimum.
std::string shared_buffers(bool durable) {
  constexpr std::int64_t kMebibyte = 1024 * 1024;
  const std::int64_t memory = std::int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  const std::int64_t quarter = std::clamp<std::int64_t>(memory / 4 / kMebibyte, 128, 4096);
  return "shared_buffers=" + std::to_string(durable ? quarter : 128) + "MB";
}

struct Descriptor {
  int number;
  ~Descriptor() { close(number); }
};

// Makes a rename in the directory survive a power failure.
void sync_directory(const fs::path& directory) {
  const Descriptor descriptor{open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  fsync(descriptor.number);
}

std::string tail_of(const fs::path& log, std::uintmax_t from) {
  std::ifstream in(log, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(from));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  return text.size() > kLogTail ? text.substr(text.size() - kLogTail) : text;
}

}  // namespace

EmbeddedPostgres::EmbeddedPostgres(const Options& options)
    : options_(options),
      directory_(options.data_dir),
      installation_(options.bin.empty() ? find_installation(directory_.major_version())
                                        : installation_in(options.bin)) {
  start();
}

EmbeddedPostgres::~EmbeddedPostgres() {
  try {
    stop();
  } catch (const std::exception&) {  // a process survived SIGKILL: the next start reports it
  }
}

std::string EmbeddedPostgres::url() const {
  return connection_string(directory_.socket(), kApplication, kApplication);
}

std::string EmbeddedPostgres::administrator_url() const {
  return connection_string(directory_.socket(), kAdministrator, "postgres");
}

bool EmbeddedPostgres::start() {
  if (server_ && !server_->wait_for(0ms)) return false;
  server_.reset();
  end_leftovers(directory_.cluster());
  if (!directory_.major_version()) create_cluster();
  launch();
  create_application_database(administrator_url());
  return true;
}

// The cluster is created under another name and then renamed, so that an incomplete one is never used.
void EmbeddedPostgres::create_cluster() {
  const fs::path unfinished = directory_.root() / "postgres.unfinished";
  end_leftovers(unfinished);
  directory_.create_private(unfinished);
  // C sorts UTF-8 as C.UTF-8 does, and compares with memcmp() instead of strcoll().
  Command initdb{
      .arguments = {installation_.bin / "initdb", "--pgdata=" + unfinished.string(), "--encoding=UTF8",
                    "--locale=C.UTF-8", "--lc-collate=C", "--auth-local=trust", "--auth-host=reject",
                    "--no-instructions", std::string("--username=") + kAdministrator},
      .environment = kEnvironment,
      .account = directory_.account()};
  if (!options_.durable) initdb.arguments.emplace_back("--no-sync");
  const CommandResult result = run(initdb, kInitdbTimeout);
  if (result.status != 0) {
    throw std::runtime_error("initdb failed (" + describe_status(result.status) + ") in " +
                             unfinished.string() + ":\n" + result.output);
  }
  fs::rename(unfinished, directory_.cluster());
  if (options_.durable) sync_directory(directory_.root());
}

void EmbeddedPostgres::launch() {
  directory_.create_private(directory_.socket());
  Command postgres{.arguments = {installation_.bin / "postgres", "-D", directory_.cluster(), "-c",
                                 "unix_socket_directories=" + directory_.socket().string()},
                   .environment = kEnvironment,
                   .account = directory_.account(),
                   .death_signal = SIGINT};
  const auto set = [&](const std::string& setting) {
    postgres.arguments.insert(postgres.arguments.end(), {"-c", setting});
  };
  for (const char* setting : kSettings) set(setting);
  set(shared_buffers(options_.durable));
  for (const char* setting : options_.durable ? kDurable : kNotDurable) set(setting);

  const Descriptor log{directory_.open_log()};
  const std::uintmax_t log_start = fs::file_size(directory_.log());
  postgres.output = log.number;
  server_ = std::make_unique<ChildProcess>(postgres);
  wait_until_ready(log_start);
}

void EmbeddedPostgres::wait_until_ready(std::uintmax_t log_start) {
  const auto began = std::chrono::steady_clock::now();
  while (true) {
    const std::optional<int> ended = server_->wait_for(kStartPollInterval);
    if (ended) {
      server_.reset();
      throw std::runtime_error("The embedded PostgreSQL ended during its start (" + describe_status(*ended) +
                               "); " + directory_.log().string() + " contains:\n" +
                               tail_of(directory_.log(), log_start));
    }
    const Readiness state = readiness(administrator_url());
    if (state == Readiness::ready) return;
    const auto limit = state == Readiness::starting ? kRecoveryTimeout : kAnswerTimeout;
    if (std::chrono::steady_clock::now() - began > limit) break;
  }
  stop_now();
  throw std::runtime_error("The embedded PostgreSQL does not answer; " + directory_.log().string() +
                           " contains:\n" + tail_of(directory_.log(), log_start));
}

void EmbeddedPostgres::stop() { end(SIGINT); }

void EmbeddedPostgres::stop_now() { end(SIGQUIT); }

void EmbeddedPostgres::end(int signal) {
  if (!server_) return;
  server_->signal(signal);
  if (!server_->wait_for(60s)) {
    server_->signal(SIGQUIT);
    server_->wait_for(10s);
  }
  server_.reset();
  end_leftovers(directory_.cluster());
}

}  // namespace orchestrator::embedded
