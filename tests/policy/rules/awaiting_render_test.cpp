// Messages that need an answer of the LLM: when it is asked, and what happens to the other messages
// meanwhile.
#include "policy/rules/awaiting_render.hpp"

#include <gtest/gtest.h>

#include "policy/explained.hpp"

namespace orchestrator::policy::awaiting_render_test {
namespace {

using namespace situations;

const Instant kNoon = at("2026-01-16T17:00:00Z");      // in New York
const Instant kMidnight = at("2026-01-17T05:00:00Z");  // the next one
const Instant kMorning = at("2026-01-17T13:00:00Z");

Limits with_llm(Limits limits = default_limits()) {
  limits.has_renderer = true;
  return limits;
}

QueuedMessage data(std::string_view id, Priority priority = Priority::medium, Instant due = kNoon) {
  QueuedMessage queued = message(id, priority, due);
  queued.has_content = false;
  return queued;
}

QueuedMessage fresh(std::string_view id, Priority priority = Priority::medium, Instant due = kNoon) {
  QueuedMessage queued = message(id, priority, due);
  queued.requires_fresh_context = true;
  queued.context_as_of = kNoon - 1h;
  return queued;
}

UserFacts wrote(Instant instant) {
  UserFacts facts;
  facts.last_inbound_at = instant;
  return facts;
}

std::string text_of(const std::optional<LlmQuestion>& question) {
  return question ? std::string(to_text(*question)) : "none";
}

// "promote a; ask b relevance; next …"
std::string text_of(const Plan& plan) {
  std::string text = plan.promote ? "promote " + plan.promote->value : "promote none";
  for (const auto& [id, question] : plan.ask)
    text += "; ask " + id.value + " " + text_of(std::optional(question));
  return text + "; next " + situations::text_of(plan.next_attempt_at);
}

TEST(AwaitingRender, TheQuestionDependsOnTheMessageAndTheUsersTexts) {
  QueuedMessage fresh_data = fresh("m");
  fresh_data.has_content = false;
  QueuedMessage checked = fresh("m");
  checked.context_as_of = kNoon;
  QueuedMessage often_checked = fresh("m");
  often_checked.context_checks = kMaxContextChecks;
  QueuedMessage sequence_of_data = data("m");
  sequence_of_data.sequence_id = "s";
  struct Situation {
    std::string_view what;
    QueuedMessage message;
    UserFacts facts;
    bool has_renderer;
    std::string_view question;
  };
  const UserFacts silent;
  const Situation situations[] = {
      {"a text", message("m", Priority::medium, kNoon), wrote(kNoon), true, "none"},
      {"data", data("m"), silent, true, "rendering"},
      {"data, without an LLM", data("m"), silent, false, "none"},
      {"the user wrote nothing", fresh("m"), silent, true, "none"},
      {"the user wrote before", fresh("m"), wrote(kNoon - 2h), true, "none"},
      {"the user wrote at that instant", fresh("m"), wrote(kNoon - 1h), true, "none"},
      {"the user wrote since", fresh("m"), wrote(kNoon - 1h + 1us), true, "relevance"},
      {"the user wrote since, without an LLM", fresh("m"), wrote(kNoon), false, "none"},
      {"the user wrote since, taken into account", checked, wrote(kNoon), true, "none"},
      {"the user wrote since again", checked, wrote(kNoon + 1us), true, "relevance"},
      {"the user wrote since, after the maximum of checks", often_checked, wrote(kNoon), true, "none"},
      {"data, and the user wrote since", fresh_data, wrote(kNoon), true, "relevance"},
      {"data, and the user wrote nothing", fresh_data, silent, true, "rendering"},
      {"a sequence of data", sequence_of_data, silent, true, "none"},
  };
  for (const auto& situation : situations) {
    Limits limits = default_limits();
    limits.has_renderer = situation.has_renderer;
    EXPECT_EQ(text_of(question_about(situation.message, situation.facts, limits)), situation.question)
        << situation.what;
  }
}

TEST(AwaitingRender, TheQueueProceedsWithoutMessagesThatAwaitTheLlm) {
  const Limits limits = with_llm();
  QueuedMessage awaiting = data("z");
  awaiting.is_awaiting_llm = true;
  UserFacts awaits_medium;
  awaits_medium.awaited_lane = Priority::medium;
  UserFacts awaits_low;
  awaits_low.awaited_lane = Priority::low;
  struct Situation {
    std::string_view what;
    UserQueue queue;
    UserFacts facts;
    std::string_view plan;
  };
  const auto text = [](std::string_view id, Priority priority = Priority::medium) {
    return message(id, priority, kNoon);
  };
  const Situation situations[] = {
      {"alone: the next attempt is unknown",
       all_of({data("a")}),
       {},
       "promote none; ask a rendering; next none"},
      {"a text behind it is promoted",
       all_of({data("a"), text("b")}),
       {},
       "promote b; ask a rendering; next none"},
      {"behind a promoted text, the LLM is not asked: the message could not be sent",
       all_of({text("a"), data("b")}),
       {},
       "promote a; next 2026-01-16T17:00:30.000000Z"},
      {"one question at a time",
       all_of({data("a"), data("b")}),
       {},
       "promote none; ask a rendering; next none"},
      {"texts pass both",
       all_of({data("a"), data("b"), text("c"), text("d")}),
       {},
       "promote c; ask a rendering; next 2026-01-16T17:00:30.000000Z"},
      {"behind one that awaits the LLM already", all_of({data("b")}), awaits_medium,
       "promote none; next none"},
      {"which is in the queue, if the caller reads it", all_of({awaiting, data("b"), text("c")}),
       awaits_medium, "promote c; next none"},
      {"a higher lane does not wait for a lower one", all_of({data("b")}), awaits_low,
       "promote none; ask b rendering; next none"},
      {"a low one waits behind one that is asked about",
       all_of({data("a"), text("b", Priority::low)}),
       {},
       "promote none; ask a rendering; next 2026-01-16T17:05:00.000000Z"},
      {"and behind one that awaits the LLM already", all_of({text("b", Priority::low)}), awaits_medium,
       "promote none; next 2026-01-16T17:05:00.000000Z"},
      {"unread messages are read once it has left the queue",
       heads({data("a"), message("b", Priority::medium, kNoon + 1h)}),
       {},
       "promote none; ask a rendering; next 2026-01-16T17:00:00.000000Z"},
      {"not due: the LLM is not asked",
       all_of({data("a", Priority::medium, kNoon + 1h)}),
       {},
       "promote none; next 2026-01-16T18:00:00.000000Z"},
  };
  for (const auto& situation : situations) {
    EXPECT_EQ(text_of(plan_user(kNoon, situation.queue, situation.facts, limits)), situation.plan)
        << situation.what;
  }
}

TEST(AwaitingRender, AsksNothingWhileARuleOfTheUserBlocks) {
  const Plan plan = plan_user(kMidnight, all_of({data("a"), fresh("b")}), wrote(kNoon), with_llm());
  EXPECT_EQ(text_of(plan), "promote none; next " + format_instant(kMorning));
  EXPECT_EQ(plan.deferred_by, Reason::quiet_hours);
}

TEST(AwaitingRender, IsTheReasonWhenTheLlmIsAsked) {
  const Plan plan = plan_user(kNoon, all_of({fresh("a")}), wrote(kNoon - 30min), with_llm());
  EXPECT_EQ(text_of(plan), "promote none; ask a relevance; next none");
  EXPECT_EQ(plan.deferred, MessageId{"a"});
  EXPECT_EQ(plan.deferred_by, Reason::awaiting_render);
  EXPECT_FALSE(plan.blocked_until);
}

TEST(AwaitingRender, WithoutAnLlmFailsDataAndSendsTextsUnchecked) {
  const Plan plan = plan_user(kNoon, all_of({data("a"), fresh("b")}), wrote(kNoon - 30min), default_limits());
  EXPECT_EQ(plan.fail, std::vector{MessageId{"a"}});
  EXPECT_EQ(plan.promote, MessageId{"b"});
}

TEST(AwaitingRender, IsExplained) {
  QueuedMessage awaiting = data("a");
  awaiting.is_awaiting_llm = true;
  const auto explanation = [](const QueuedMessage& queued, const UserFacts& facts) {
    for (const RuleResult& result : explain(kNoon, queued, facts, with_llm())) {
      if (result.rule == "awaiting_render") return situations::text_of(result);
    }
    return std::string("no such rule");
  };
  UserFacts awaits;
  awaits.awaited_lane = Priority::medium;
  EXPECT_EQ(explanation(awaiting, {}), "block: the LLM has been asked and has not answered yet");
  EXPECT_EQ(explanation(data("a"), {}),
            "pass: there is no text yet: once every other rule passes, the LLM is asked to write it");
  EXPECT_EQ(explanation(data("a"), awaits),
            "block: the LLM is asked about this message after it has answered about another one");
  EXPECT_EQ(explanation(fresh("a"), wrote(kNoon)),
            "pass: the user has written since: once every other rule passes, the LLM is asked whether it "
            "still fits");
  EXPECT_EQ(explanation(fresh("a"), {}), "pass: there is no question for the LLM");
  EXPECT_EQ(explain(kNoon, data("a"), {}, default_limits()).size(), 10);

  const Verdict verdict = decide(kNoon, data("a"), {}, with_llm());
  EXPECT_EQ(verdict.decision, Decision::defer);
  EXPECT_EQ(verdict.reason, Reason::awaiting_render);
  EXPECT_FALSE(verdict.eligible_at);
}

TEST(AwaitingRender, IsPredictedAsIfTheLlmAnsweredAtOnce) {
  const UserQueue queue = all_of({data("a"), data("b"), message("c", Priority::medium, kNoon)});
  const auto when = [&](std::string_view id) {
    const auto prediction = predict(kNoon, MessageId{std::string(id)}, queue, {}, with_llm());
    return prediction ? format_instant(prediction->at) : "unknown";
  };
  EXPECT_EQ(when("c"), "2026-01-16T17:00:00.000000Z");
  EXPECT_EQ(when("a"), "2026-01-16T17:00:30.000000Z");
  EXPECT_EQ(when("b"), "2026-01-16T17:01:00.000000Z");

  QueuedMessage awaiting = data("a");
  awaiting.is_awaiting_llm = true;
  EXPECT_FALSE(predict(kNoon, MessageId{"a"}, all_of({awaiting}), {}, with_llm()));
}

}  // namespace
}  // namespace orchestrator::policy::awaiting_render_test
