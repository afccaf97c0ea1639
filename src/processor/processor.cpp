#include "processor/processor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <random>

#include "logging/logging.hpp"
#include "storage/errors.hpp"

namespace orchestrator::processor {
namespace {

// How late a row that was written by SQL, or through another instance, may be noticed.
constexpr std::chrono::milliseconds kPoll{1000};

// How soon users whose rows somebody else held are tried again.
constexpr std::chrono::milliseconds kRetryHeld{100};

// After a failed pass: 0.1 s, doubling to 2 s, plus up to as much again so that instances do not march in
// step.
constexpr std::chrono::milliseconds kFirstBackoff{100};
constexpr std::chrono::milliseconds kLastBackoff{2000};

std::chrono::milliseconds jittered(std::chrono::milliseconds backoff) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return backoff + std::chrono::milliseconds{random() % static_cast<unsigned>(backoff.count())};
}

PassSummary together(PassSummary sum, const PassSummary& other) {
  sum.started_at = std::min(sum.started_at, other.started_at);
  sum.promoted += other.promoted;
  sum.deferred += other.deferred;
  sum.expired += other.expired;
  sum.cancelled += other.cancelled;
  sum.failed += other.failed;
  for (std::size_t i = 0; i < kReasonCount; ++i) sum.deferred_by[i] += other.deferred_by[i];
  // Whoever ended first saw the rows that the other held.
  sum.left_some = sum.left_some && other.left_some;
  sum.queue_is_busy = sum.queue_is_busy || other.queue_is_busy;
  return sum;
}

}  // namespace

Processor::Processor(const PassContext& context, const ProcessorConfig& config, Hooks hooks)
    : context_(context),
      config_(config),
      hooks_(std::move(hooks)),
      thread_([this](const std::stop_token& stop) {
        run(stop);
        running_ = false;
      }) {}

Processor::~Processor() {
  thread_.request_stop();
  thread_.join();
}

void Processor::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_up_.notify_one();
}

PassSummary Processor::run_full_pass() {
  hooks_.measure_time();
  return pass(PassKind::full, std::stop_token{});
}

ProcessorStatus Processor::status() const {
  ProcessorStatus status{running_, promoted_, std::nullopt};
  if (const auto us = last_pass_us_.load(); us != 0) status.last_process_time = Instant{Duration{us}};
  return status;
}

void Processor::run(const std::stop_token& stop) {
  auto next_full_pass = std::chrono::steady_clock::now();
  auto backoff = kFirstBackoff;
  bool has_failed = true;  // or has never succeeded
  while (!stop.stop_requested()) {
    Deadline sleep_until{};
    try {
      if (has_failed) hooks_.measure_time();
      sleep_until = tick(stop, next_full_pass);
      hooks_.measure_time();  // now that nobody waits for it
      hooks_.between_passes();
      backoff = kFirstBackoff;
      has_failed = false;
    } catch (const std::exception& failure) {
      has_failed = true;
      logging::error(fmt::format("Processing failed, trying again: {}", failure.what()));
      sleep_until = std::chrono::steady_clock::now() + jittered(backoff);
      backoff = std::min(backoff * 2, kLastBackoff);
    }
    std::unique_lock lock(mutex_);
    wake_up_.wait_until(lock, stop, sleep_until, [this] { return woken_; });
    woken_ = false;
  }
}

// One pass, full if it is time; returns when to look again.
Processor::Deadline Processor::tick(const std::stop_token& stop, Deadline& next_full_pass) {
  const auto now = std::chrono::steady_clock::now();
  const bool full = now >= next_full_pass;
  const PassSummary summary = pass(full ? PassKind::full : PassKind::express, stop);
  if (full) next_full_pass = summary.left_some ? now + kRetryHeld : now + config_.interval;
  return next_look(next_full_pass);
}

Processor::Deadline Processor::next_look(Deadline next_full_pass) {
  const auto now = std::chrono::steady_clock::now();
  auto look = std::min(next_full_pass, now + kPoll);
  if (const auto alarm = context_.store.next_express_alarm()) {
    // Due already: its row was held, or it has just come and wakes us. Centuries away: more than steady_clock
    // can hold.
    look = std::min(look, now + std::clamp<Duration>(*alarm - context_.clock.now(), kRetryHeld, kPoll));
  }
  return look;
}

// Two at once share the work: while one decides, the database works for the other.
PassSummary Processor::full_pass(const std::stop_token& stop) {
  auto other = std::async(std::launch::async, [&] { return run_pass(context_, PassKind::full, stop); });
  const PassSummary ours = run_pass(context_, PassKind::full, stop);
  return together(ours, other.get());
}

PassSummary Processor::pass(PassKind kind, const std::stop_token& stop) {
  std::unique_lock<std::mutex> turn;
  if (kind == PassKind::full) turn = std::unique_lock(full_pass_);
  const auto began = std::chrono::steady_clock::now();
  const PassSummary summary =
      kind == PassKind::full ? full_pass(stop) : run_pass(context_, kind, stop, queue_is_busy_);
  promoted_ += summary.promoted;
  if (kind == PassKind::full) {
    queue_is_busy_ = summary.queue_is_busy;
    last_pass_us_ = summary.started_at.time_since_epoch().count();
  }
  hooks_.passed(summary, kind, std::chrono::steady_clock::now() - began);
  return summary;
}

}  // namespace orchestrator::processor
