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

// Two calls of 30 s and their recording fit well into it.
constexpr seconds kLease{90};

// How late a message that another instance has sent to the LLM, or a lease that ran out, may be noticed.
constexpr seconds kPoll{1};

constexpr int kRelevanceTries = 3;
constexpr int kRenderingTries = 6;
constexpr int kMostTries = 12;  // with those that ended with this program, and failed for nobody
constexpr seconds kFirstBackoff{2};
constexpr seconds kLongestWait{600};  // whatever the provider says

seconds backoff_after(int attempt) { return kFirstBackoff * (1 << std::clamp(attempt - 1, 0, 8)); }

seconds wait_after(const RenderRequest& request, const RenderAnswer& answer) {
  return std::clamp(std::max(backoff_after(request.attempt), answer.retry_after.value_or(seconds{0})),
                    kFirstBackoff, kLongestWait);
}

RenderVerdict without_answer(const RenderRequest& request, const RenderAnswer& answer, Instant now) {
  RenderVerdict verdict;
  verdict.action = "error";
  const bool is_relevance = request.question == LlmQuestion::relevance;
  const int tries = is_relevance ? kRelevanceTries : kRenderingTries;
  if (answer.kind != Kind::refused && request.attempt < tries) {
    verdict.kind = RenderVerdict::Kind::retry;
    verdict.retry_at = now + wait_after(request, answer);
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

// We stop, nobody failed: another instance, or the next start, asks at once.
RenderVerdict given_up(const RenderAnswer& answer, Instant now) {
  RenderVerdict verdict;
  verdict.retry_at = now;
  verdict.action = "error";
  verdict.outcome = "retry";
  verdict.explanation = answer.explanation;
  verdict.usage = answer.usage;
  return verdict;
}

RenderVerdict with_answer(const RenderAnswer& answer) {
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

// An answer to another question is none.
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
      fmt::format("LLM asked about message {} ({}): {}{}{}", request.id.value, to_text(request.question),
                  verdict.outcome, verdict.explanation.empty() ? "" : ", ", verdict.explanation);
  verdict.action == "error" ? logging::warning(line) : logging::info(line);
  if (verdict.kind != RenderVerdict::Kind::supersede) return;
  logging::info(fmt::format("Reformulation requested: message {} of agent {} for user {} no longer fits",
                            request.id.value, request.agent.value, request.user.value));
}

}  // namespace

RenderVerdict verdict_on(const RenderRequest& request, const RenderAnswer& answer, Instant now) {
  RenderVerdict verdict = is_answer_to(request.question, answer.kind) ? with_answer(answer)
                                                                      : without_answer(request, answer, now);
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
    woken_ = threads_.size();
  }
  wake_up_.notify_all();
}

void Rendering::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    bool may_be_more = false;
    try {
      may_be_more = !is_held() && ask_next(stop);
    } catch (const std::exception& failure) {
      logging::error(fmt::format("Asking the LLM failed, trying again: {}", failure.what()));
    }
    if (!may_be_more) pause(stop, true);
  }
}

// Whether there was one.
bool Rendering::ask_next(const std::stop_token& stop) {
  const Instant now = context_.clock.now();
  const RenderLease lease{context_.ids.next(now).value, now + kLease};
  const auto request = context_.store.claim(lease, now);
  if (!request) return false;

  context_.in_flight(++in_flight_);
  const auto began = std::chrono::steady_clock::now();
  const RenderAnswer answer = ask(*request, stop);
  const auto took = std::chrono::steady_clock::now() - began;
  context_.in_flight(--in_flight_);
  const bool was_given_up = stop.stop_requested() && answer.kind == Kind::retry;

  RenderVerdict verdict = was_given_up ? given_up(answer, context_.clock.now())
                                       : verdict_on(*request, answer, context_.clock.now());
  verdict.latency = std::chrono::duration_cast<std::chrono::milliseconds>(took);
  if (answer.is_overloaded) hold_for(wait_after(*request, answer));
  record(lease, *request, verdict, stop);
  context_.asked({request->question, verdict.outcome, answer.usage, took});
  return true;
}

RenderAnswer Rendering::ask(const RenderRequest& request, const std::stop_token& stop) {
  if (request.attempt > kMostTries) {
    RenderAnswer answer;
    answer.kind = Kind::refused;
    answer.explanation = "asked too often, and nobody lived to store an answer";
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

// An answer was paid for: while the database is away it is kept, as long as the lease is ours.
void Rendering::record(const RenderLease& lease, const RenderRequest& request, const RenderVerdict& verdict,
                       const std::stop_token& stop) {
  while (true) {
    try {
      const bool is_ours = context_.store.record(lease, request, verdict, context_.clock.now());
      if (!is_ours)
        logging::info(fmt::format("Message {} came to its end before the LLM answered", request.id.value));
      if (is_ours) log_verdict(request, verdict);
      return;
    } catch (const storage::Unavailable& failure) {
      if (stop.stop_requested() || context_.clock.now() >= lease.until) throw;
      logging::warning(fmt::format("An answer of the LLM cannot be stored yet: {}", failure.what()));
      pause(stop, false);
    }
  }
}

void Rendering::hold_for(seconds length) {
  const std::lock_guard lock(mutex_);
  held_until_ = std::max(held_until_, std::chrono::steady_clock::now() + length);
}

bool Rendering::is_held() {
  const std::lock_guard lock(mutex_);
  return std::chrono::steady_clock::now() < held_until_;
}

void Rendering::pause(const std::stop_token& stop, bool until_woken) {
  std::unique_lock lock(mutex_);
  wake_up_.wait_for(lock, stop, kPoll, [&] { return until_woken && woken_ > 0; });
  if (until_woken && woken_ > 0) --woken_;
}

}  // namespace orchestrator::rendering
