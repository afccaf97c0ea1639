// The verdict on a message after each answer of the LLM and each failure.
#include <gtest/gtest.h>

#include "rendering/rendering.hpp"

namespace orchestrator::rendering {
namespace {

using namespace std::chrono_literals;
using Answer = RenderAnswer::Kind;
using Verdict = RenderVerdict::Kind;

const Instant kNow = *parse_instant("2026-11-20T12:00:00Z");

TEST(RenderVerdict, FollowsFromTheAnswerAndTheNumberOfAttempts) {
  struct Situation {
    std::string what;
    LlmQuestion question;
    Answer answer;
    int attempt;
    std::optional<std::chrono::seconds> retry_after;
    Verdict verdict;
    std::string outcome;
    std::chrono::seconds wait{};
  };
  const auto relevance = LlmQuestion::relevance;
  const auto text = LlmQuestion::rendering;
  const Situation situations[] = {
      {"it fits", relevance, Answer::relevant, 1, {}, Verdict::approve, "relevant"},
      {"another wording would fit better",
       relevance,
       Answer::contextual,
       1,
       {},
       Verdict::approve,
       "contextual"},
      {"it does not fit", relevance, Answer::stale, 1, {}, Verdict::supersede, "stale_context"},
      {"a first failure", relevance, Answer::retry, 1, {}, Verdict::retry, "retry", 2s},
      {"a second failure", relevance, Answer::retry, 2, {}, Verdict::retry, "retry", 4s},
      {"a third failure: sent as it is", relevance, Answer::retry, 3, {}, Verdict::approve, "unchecked"},
      {"refused: sent as it is", relevance, Answer::refused, 1, {}, Verdict::approve, "unchecked"},
      {"an answer to another question", relevance, Answer::rendered, 1, {}, Verdict::retry, "retry", 2s},
      {"written", text, Answer::rendered, 1, {}, Verdict::approve, "rendered"},
      {"not written", text, Answer::retry, 1, {}, Verdict::retry, "retry", 2s},
      {"not written again", text, Answer::retry, 5, {}, Verdict::retry, "retry", 32s},
      {"never written", text, Answer::retry, 6, {}, Verdict::fail, "render_failed"},
      {"refused", text, Answer::refused, 1, {}, Verdict::fail, "render_failed"},
      {"a verdict for a text", text, Answer::relevant, 1, {}, Verdict::retry, "retry", 2s},
      {"the provider requests a longer delay", text, Answer::retry, 1, 90s, Verdict::retry, "retry", 90s},
      {"a shorter delay than the back-off", text, Answer::retry, 3, 1s, Verdict::retry, "retry", 8s},
      {"a delay beyond the maximum", text, Answer::retry, 1, 86400s, Verdict::retry, "retry", 600s},
  };
  for (const auto& situation : situations) {
    SCOPED_TRACE(situation.what);
    RenderRequest request;
    request.question = situation.question;
    request.attempt = situation.attempt;
    RenderAnswer answer;
    answer.kind = situation.answer;
    answer.text = situation.answer == Answer::rendered ? "Hello" : "";
    answer.retry_after = situation.retry_after;
    const auto verdict = verdict_on(request, answer, kNow);
    EXPECT_EQ(verdict.kind, situation.verdict);
    EXPECT_EQ(verdict.outcome, situation.outcome);
    EXPECT_EQ(verdict.text, situation.outcome == "rendered" ? "Hello" : "");
    if (situation.verdict == Verdict::retry) {
      EXPECT_EQ(verdict.retry_at, kNow + situation.wait);
    }
  }
}

}  // namespace
}  // namespace orchestrator::rendering
