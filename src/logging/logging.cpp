#include "logging/logging.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <csignal>
#include <memory>

#include "logging/log_line.hpp"

namespace orchestrator::logging {

namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

LogLevel from_spdlog(spdlog::level::level_enum level) {
  if (level <= spdlog::level::debug) return LogLevel::debug;
  if (level == spdlog::level::info) return LogLevel::info;
  return level == spdlog::level::warn ? LogLevel::warning : LogLevel::error;
}

class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(LogFormat format) : format_(format) {}

  void format(const spdlog::details::log_msg& event, spdlog::memory_buf_t& line) override {
    const auto time = std::chrono::floor<Duration>(event.time);
    const std::string_view message(event.payload.data(), event.payload.size());
    const std::string text = log_line(format_, time, from_spdlog(event.level), message);
    line.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(format_);
  }

 private:
  LogFormat format_;
};

std::shared_ptr<spdlog::logger> make_logger(const LogConfig& config) {
  auto logger = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stdout_sink_mt>());
  logger->set_formatter(std::make_unique<LineFormatter>(config.format));
  logger->set_level(to_spdlog(config.level));
  logger->flush_on(spdlog::level::trace);
  return logger;
}

// Not spdlog's default logger, so that lines have the same format before start() is called.
std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> the_logger = make_logger({});
  return the_logger;
}

void log(LogLevel level, std::string_view message) {
  logger()->log(to_spdlog(level), spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace

void start(const LogConfig& config) {
  std::signal(SIGPIPE, SIG_IGN);
  logger() = make_logger(config);
}

void debug(std::string_view message) { log(LogLevel::debug, message); }
void info(std::string_view message) { log(LogLevel::info, message); }
void warning(std::string_view message) { log(LogLevel::warning, message); }
void error(std::string_view message) { log(LogLevel::error, message); }

}  // namespace orchestrator::logging
