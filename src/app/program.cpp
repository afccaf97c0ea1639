#include "app/program.hpp"

#include <malloc.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>

#include "app/service.hpp"
#include "config/load_config.hpp"
#include "logging/logging.hpp"

namespace orchestrator::app {
namespace {

std::optional<std::string> from_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

// Threads inherit the mask, so the signals reach only the thread that waits for them.
void block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

// Returns the memory of large request bodies and answers to the system when it is freed. By default glibc
// raises the threshold over time and keeps such memory in an arena per thread.
void limit_heap_growth() {
  constexpr int kMmapThresholdBytes = 256 * 1024;
  constexpr int kMaxArenas = 4;
  mallopt(M_MMAP_THRESHOLD, kMmapThresholdBytes);
  mallopt(M_ARENA_MAX, kMaxArenas);
}

int run(const std::function<void(const Config&)>& command) {
  const auto loaded = config::load_config(from_environment);
  if (const auto* problems = std::get_if<std::vector<std::string>>(&loaded)) {
    std::cerr << "message-orchestrator cannot start: the configuration is invalid:\n";
    for (const auto& problem : *problems) std::cerr << "  " << problem << '\n';
    return 2;
  }
  const auto& config = std::get<Config>(loaded);
  block_stop_signals();
  limit_heap_growth();
  logging::start(config.log);
  try {
    command(config);
    return 0;
  } catch (const std::exception& failure) {
    logging::error(failure.what());
    return 1;
  }
}

}  // namespace

int run_program(int argc, char** argv, AgentProcessor* agent) {
  CLI::App app{
      "Schedules the messages that agents send to users: each message is delivered at the first instant "
      "at which every rule allows it.",
      "message-orchestrator"};
  app.set_version_flag("--version", std::string("message-orchestrator ") + ORCHESTRATOR_VERSION);
  app.footer("Environment variables:\n" + config::config_help());
  app.require_subcommand(0, 1);
  app.add_subcommand("serve", "Run the service (default)");
  const auto* migrate =
      app.add_subcommand("migrate", "Apply pending schema migrations to the database, then exit");
  CLI11_PARSE(app, argc, argv);
  if (migrate->parsed()) return run(migrate_only);
  return run([agent](const Config& config) { serve(config, agent); });
}

}  // namespace orchestrator::app
