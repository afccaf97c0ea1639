#include "rendering/rendering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "logging/logging.hpp"
#include "storage/errors.hpp"

namespace orchestrator::rendering {

namespace {

using std::chrono::seconds;
using Kind = RenderAnswer::Kind;

// Longer than two calls of 30 s and the recording of their verdict.
constexpr seconds kLease{90};

// The longest time until a thread notices a message of another instance, or an expired lease.
constexpr seconds kPollInterval{1};

constexpr int kRelevanceAttempts = 3;
constexpr int kRenderingAttempts = 6;
constexpr int kMaxAttempts = 12;  // including those that a crash or a stop ended
constexpr seconds kFirstBackoff{2};
constexpr seconds kMaxDelay{600};  // even if the provider requests more

seconds backoff_after(int attempt) { return kFirstBackoff * (1 << std::clamp(attempt - 1, 0, 8)); }

seconds retry_delay(const RenderRequest& request, const RenderAnswer& answer) {
  return std::clamp(std::max(backoff_after(request.attempt), answer.retry_after.value_or(seconds{0})),
                    kFirstBackoff, kMaxDelay);
}

RenderVerdict verdict_without_answer(const RenderRequest& request, const RenderAnswer& answer, Instant now) {
  RenderVerdict verdict;
  verdict.action = "error";
  const bool is_relevance = request.question == LlmQuestion::relevance;
  const int attempts = is_relevance ? kRelevanceAttempts : kRenderingAttempts;
  if (answer.kind != Kind::refused && request.attempt < attempts) {
    verdict.kind = RenderVerdict::Kind::retry;
    verdict.retry_at = now + retry_delay(request, answer);
    verdict.outcome = "retry";
  } else if (is_relevance) {
    verdict.kind = RenderVerdict::Kind::approve;
    verdict.outcome = "unchecked";
  } else {
    verdict.kind = RenderVerdict::Kind::fail;
    verdict.outcome = to_text(Reason::render_failed);
  }
  return verdict;
}

// The call was abandoned because this instance stops: another instance may call the LLM at once.
RenderVerdict verdict_after_stop(const RenderAnswer& answer, Instant now) {
  RenderVerdict verdict;
  verdict.retry_at = now;
  verdict.action = "error";
  verdict.outcome = "retry";
  verdict.explanation = answer.explanation;
  verdict.usage = answer.usage;
  return verdict;
}

RenderVerdict verdict_from_answer(const RenderAnswer& answer) {
  RenderVerdict verdict;
  verdict.kind = RenderVerdict::Kind::approve;
  verdict.action = "relevance";
  switch (answer.kind) {
    case Kind::relevant:
      verdict.outcome = "relevant";
      break;
    case Kind::contextual:
      verdict.outcome = "contextual";
      break;
    case Kind::stale:
      verdict.kind = RenderVerdict::Kind::supersede;
      verdict.outcome = to_text(Reason::stale_context);
      break;
    case Kind::rendered:
      verdict.action = "rendered";
      verdict.outcome = "rendered";
      verdict.text = answer.text;
      break;
    case Kind::retry:
    case Kind::refused:
      std::abort();
  }
  return verdict;
}

// An answer to the other question counts as no answer.
bool is_answer_to(LlmQuestion question, Kind kind) {
  switch (kind) {
    case Kind::relevant:
    case Kind::contextual:
    case Kind::stale:
      return question == LlmQuestion::relevance;
    case Kind::rendered:
      return question == LlmQuestion::rendering;
    case Kind::retry:
    case Kind::refused:
      return false;
  }
  std::abort();
}

void log_verdict(const RenderRequest& request, const RenderVerdict& verdict) {
  const std::string line =
      fmt::format("LLM call for message {} ({}): {}{}{}", request.id.value, to_text(request.question),
                  verdict.outcome, verdict.explanation.empty() ? "" : ", ", verdict.explanation);
  verdict.action == "error" ? logging::warning(line) : logging::info(line);
  if (verdict.kind != RenderVerdict::Kind::supersede) return;
  logging::info(fmt::format("Reformulation requested: message {} of agent {} for user {} no longer fits",
                            request.id.value, request.agent.value, request.user.value));
}

}  // namespace

RenderVerdict verdict_on(const RenderRequest& request, const RenderAnswer& answer, Instant now) {
  RenderVerdict verdict = is_answer_to(request.question, answer.kind)
                              ? verdict_from_answer(answer)
                              : verdict_without_answer(request, answer, now);
  verdict.explanation = answer.explanation;
  verdict.usage = answer.usage;
  return verdict;
}

Rendering::Rendering(Context context, std::size_t concurrency) : context_(std::move(context)) {
  for (std::size_t i = 0; i < concurrency; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
  }
}

Rendering::~Rendering() {
  for (auto& thread : threads_) thread.request_stop();
  for (auto& thread : threads_) thread.join();
}

void Rendering::wake() {
  {
    const std::lock_guard lock(mutex_);
    wake_ups_ = threads_.size();
  }
  wake_up_.notify_all();
}

void Rendering::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    bool may_be_more = false;
    try {
      may_be_more = !is_backing_off() && process_next(stop);
    } catch (const std::exception& failure) {
      logging::error(fmt::format("Rendering failed, retrying: {}", failure.what()));
    }
    if (!may_be_more) wait(stop, true);
  }
}

// Returns whether a message was due.
bool Rendering::process_next(const std::stop_token& stop) {
  const Instant now = context_.clock.now();
  const RenderLease lease{context_.ids.next_token(now), now + kLease};
  const auto request = context_.store.claim(lease, now);
  if (!request) return false;

  context_.on_in_flight(++in_flight_);
  const auto began = std::chrono::steady_clock::now();
  const RenderAnswer answer = call_renderer(*request, stop);
  const auto took = std::chrono::steady_clock::now() - began;
  context_.on_in_flight(--in_flight_);
  const bool is_abandoned = stop.stop_requested() && answer.kind == Kind::retry;

  RenderVerdict verdict = is_abandoned ? verdict_after_stop(answer, context_.clock.now())
                                       : verdict_on(*request, answer, context_.clock.now());
  verdict.latency = std::chrono::duration_cast<std::chrono::milliseconds>(took);
  if (answer.is_overloaded) back_off_for(retry_delay(*request, answer));
  record(lease, *request, verdict, stop);
  context_.on_call({.question = std::string(to_text(request->question)),
                    .outcome = verdict.outcome,
                    .took = took,
                    .input_tokens = answer.usage.input_tokens,
                    .output_tokens = answer.usage.output_tokens,
                    .cost_usd = answer.usage.cost_usd});
  return true;
}

RenderAnswer Rendering::call_renderer(const RenderRequest& request, const std::stop_token& stop) {
  if (request.attempt > kMaxAttempts) {
    RenderAnswer answer;
    answer.kind = Kind::refused;
    answer.explanation = "too many attempts ended without a recorded verdict";
    return answer;
  }
  try {
    return context_.renderer.answer(request, stop);
  } catch (const std::exception& failure) {
    RenderAnswer answer;
    answer.explanation = failure.what();
    return answer;
  }
}

// The answer was paid for: while the database is unavailable, recording is retried until the lease expires.
void Rendering::record(const RenderLease& lease, const RenderRequest& request, const RenderVerdict& verdict,
                       const std::stop_token& stop) {
  while (true) {
    try {
      if (context_.store.record(lease, request, verdict, context_.clock.now())) {
        log_verdict(request, verdict);
      } else {
        logging::info(fmt::format("LLM answer discarded for message {}: the message or its lease has ended",
                                  request.id.value));
      }
      return;
    } catch (const storage::Unavailable& failure) {
      if (stop.stop_requested() || context_.clock.now() >= lease.until) throw;
      logging::warning(fmt::format("Recording an LLM answer failed, retrying: {}", failure.what()));
      wait(stop, false);
    }
  }
}

void Rendering::back_off_for(seconds delay) {
  const std::lock_guard lock(mutex_);
  back_off_until_ = std::max(back_off_until_, std::chrono::steady_clock::now() + delay);
}

bool Rendering::is_backing_off() {
  const std::lock_guard lock(mutex_);
  return std::chrono::steady_clock::now() < back_off_until_;
}

void Rendering::wait(const std::stop_token& stop, bool until_woken) {
  std::unique_lock lock(mutex_);
  wake_up_.wait_for(lock, stop, kPollInterval, [&] { return until_woken && wake_ups_ > 0; });
  if (until_woken && wake_ups_ > 0) --wake_ups_;
}

}  // namespace orchestrator::rendering
