#include "processor/processor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <random>

#include "logging/logging.hpp"
#include "storage/errors.hpp"

namespace orchestrator::processor {
namespace {

// How late the loop may notice a row that another instance or SQL has written.
constexpr std::chrono::milliseconds kPoll{1000};

// How soon a pass returns to users whose rows another transaction had locked.
constexpr std::chrono::milliseconds kRetryLocked{100};

// After a failed pass: 0.1 s, doubling to 2 s, with up to 100 % jitter so that instances do not retry in
// lockstep.
constexpr std::chrono::milliseconds kFirstBackoff{100};
constexpr std::chrono::milliseconds kLastBackoff{2000};

std::chrono::milliseconds jittered(std::chrono::milliseconds backoff) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return backoff + std::chrono::milliseconds{random() % static_cast<unsigned>(backoff.count())};
}

PassSummary merged(PassSummary sum, const PassSummary& other) {
  sum.started_at = std::min(sum.started_at, other.started_at);
  sum.promoted += other.promoted;
  sum.deferred += other.deferred;
  sum.expired += other.expired;
  sum.cancelled += other.cancelled;
  sum.failed += other.failed;
  for (std::size_t i = 0; i < kReasonCount; ++i) sum.deferred_by[i] += other.deferred_by[i];
  // The pass that ended first found the rows locked that the other had claimed.
  sum.left_locked = sum.left_locked && other.left_locked;
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
      hooks_.measure_time();  // after the pass, which it must not delay
      hooks_.between_passes();
      backoff = kFirstBackoff;
      has_failed = false;
    } catch (const std::exception& failure) {
      has_failed = true;
      logging::error(fmt::format("Pass failed, trying again: {}", failure.what()));
      sleep_until = std::chrono::steady_clock::now() + jittered(backoff);
      backoff = std::min(backoff * 2, kLastBackoff);
    }
    std::unique_lock lock(mutex_);
    wake_up_.wait_until(lock, stop, sleep_until, [this] { return woken_; });
    woken_ = false;
  }
}

// Runs one pass, a full one if it is time for it. Returns when to run the next.
Processor::Deadline Processor::tick(const std::stop_token& stop, Deadline& next_full_pass) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_full_pass) {
    pass(PassKind::express, stop);
  } else {
    const PassSummary summary = full_pass_beside_express_passes(stop);
    next_full_pass = summary.left_locked ? now + kRetryLocked : now + config_.interval;
  }
  return next_wake(next_full_pass);
}

// A batch of a full pass takes some fifty milliseconds, for which an urgent message does not wait: the loop
// runs express passes meanwhile.
PassSummary Processor::full_pass_beside_express_passes(const std::stop_token& stop) {
  bool has_ended = false;
  auto full = std::async(std::launch::async, [&] {
    const auto notify = [&] {
      {
        const std::lock_guard lock(mutex_);
        has_ended = true;
      }
      wake_up_.notify_all();
    };
    try {
      const PassSummary summary = pass(PassKind::full, stop);
      notify();
      return summary;
    } catch (...) {
      notify();
      throw;
    }
  });
  std::unique_lock lock(mutex_);
  while (!has_ended) {
    wake_up_.wait_for(lock, kPoll, [&] { return woken_ || has_ended; });
    if (has_ended) break;
    woken_ = false;
    lock.unlock();
    pass(PassKind::express, stop);
    lock.lock();
  }
  lock.unlock();
  return full.get();
}

Processor::Deadline Processor::next_wake(Deadline next_full_pass) {
  const auto now = std::chrono::steady_clock::now();
  auto wake_at = std::min(next_full_pass, now + kPoll);
  if (const auto due = context_.store.next_express_attempt()) {
    // Clamped below because a user may be due already: its row was locked, or it has just come, with a
    // wake-up. Clamped above because steady_clock cannot represent an instant centuries away.
    wake_at = std::min(wake_at, now + std::clamp<Duration>(*due - context_.clock.now(), kRetryLocked, kPoll));
  }
  return wake_at;
}

// Two passes at once share the work: while one decides, the database works for the other.
PassSummary Processor::full_pass(const std::stop_token& stop) {
  auto second = std::async(std::launch::async, [&] { return run_pass(context_, PassKind::full, stop); });
  const PassSummary first = run_pass(context_, PassKind::full, stop);
  return merged(first, second.get());
}

PassSummary Processor::pass(PassKind kind, const std::stop_token& stop) {
  std::unique_lock<std::mutex> full_pass_lock;
  if (kind == PassKind::full) full_pass_lock = std::unique_lock(full_pass_);
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
