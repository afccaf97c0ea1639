#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "api/message_json.hpp"
#include "api/user_json.hpp"
#include "api/verdict_json.hpp"
#include "policy/activity.hpp"
#include "policy/policy.hpp"

namespace orchestrator::api {

namespace {

using policy::Decision;
using policy::Prediction;
using policy::RuleResult;

// The message as the rules see it: itself, or the sequence that it is part of.
QueuedMessage in_line(const MessageRecord& record, const UserQueue& waiting) {
  const auto is_it = [&](const QueuedMessage& message) {
    const bool is_of_sequence = !record.sequence_id.empty() && message.sequence_id == record.sequence_id;
    return message.id == record.id || is_of_sequence;
  };
  const auto found = std::ranges::find_if(waiting.messages, is_it);
  if (found != waiting.messages.end()) return *found;
  // Not read: more wait than one may ask for.
  QueuedMessage message;
  message.id = record.id;
  message.priority = record.priority;
  message.scheduled_for = record.scheduled_for;
  message.expires_at = record.expires_at;
  message.can_delay = record.can_delay;
  message.has_content = !record.content.empty();
  message.is_awaiting_llm = record.awaiting.has_value();
  message.sequence_id = record.sequence_id;
  return message;
}

struct Why {
  Decision decision = Decision::defer;
  std::optional<Reason> reason;
  std::optional<Prediction> prediction;
  std::vector<RuleResult> rules;

  // None: never as things are, or too far away to tell.
  std::optional<Instant> next_eligible_at() const {
    if (!prediction || prediction->outcome != Prediction::Outcome::sent) return std::nullopt;
    return prediction->at;
  }
};

// A message by itself does not know that it gives way to others; the rules do, once they see the line.
bool gives_way(const std::vector<RuleResult>& rules) {
  const auto first = std::ranges::find_if(rules, &RuleResult::blocks);
  return first != rules.end() && first->rule == orchestrator::to_text(Reason::low_priority_busy);
}

Why judge(const QueuedMessage& message, const UserSnapshot& line, const policy::Limits& limits, Instant now) {
  const policy::Verdict verdict = policy::decide(now, message, line.facts, limits);
  Why result{.decision = verdict.decision,
             .reason = verdict.reason,
             .prediction = std::nullopt,
             .rules = policy::explain(now, message, line.facts, limits, line.waiting)};
  if (!line.waiting.is_truncated) {
    result.prediction = policy::predict(now, message.id, line.waiting, line.facts, limits);
  }
  const bool is_decided = verdict.decision == Decision::cancel || verdict.decision == Decision::expire;
  if (!is_decided && gives_way(result.rules)) {
    result.decision = Decision::defer;
    result.reason = Reason::low_priority_busy;
  } else if (verdict.decision == Decision::send && result.prediction && result.prediction->sent_before > 0) {
    result.decision = Decision::defer;
    result.reason = Reason::behind_higher_priority;
  }
  return result;
}

std::string detail_of_block(const Why& why) {
  if (why.reason == Reason::awaiting_render) {
    const auto is_it = [](const RuleResult& rule) {
      return rule.rule == orchestrator::to_text(Reason::awaiting_render);
    };
    const auto rule = std::ranges::find_if(why.rules, is_it);
    if (rule != why.rules.end()) return rule->explanation;
  }
  const auto first = std::ranges::find_if(why.rules, &RuleResult::blocks);
  return first == why.rules.end() ? "other messages go first" : first->explanation;
}

std::string what_comes(const Why& why) {
  if (!why.prediction) return "When it will go cannot be told as things are.";
  const std::string at = format_instant(why.prediction->at);
  switch (why.prediction->outcome) {
    case Prediction::Outcome::sent:
      return "As things are, it goes at " + at + ".";
    case Prediction::Outcome::expired:
      return "As things are, it will expire at " + at + " before it may go.";
    case Prediction::Outcome::cancelled:
      return "It will be cancelled.";
    case Prediction::Outcome::failed:
      return "It will fail.";
  }
  std::abort();
}

std::string explanation(const Why& why) {
  switch (why.decision) {
    case Decision::send:
      return "It may go now: the processor takes it at its next look.";
    case Decision::defer:
      return "It waits (" + std::string(orchestrator::to_text(why.reason.value_or(Reason::not_due))) +
             "): " + detail_of_block(why) + ". " + what_comes(why);
    case Decision::cancel:
      return "The user has opted out: it will be cancelled.";
    case Decision::expire:
      return "It has expired and will not be sent.";
    case Decision::fail:
      return "There is nothing to send in it: it will fail.";
  }
  std::abort();
}

OrderedJson prediction_json(const Prediction& prediction) {
  return {{"outcome", to_text(prediction.outcome)}, {"at", format_instant(prediction.at)}};
}

}  // namespace

OrderedJson why_json(const MessageRecord& record, const UserSnapshot& line, const RuleDefaults& defaults,
                     Instant now) {
  const policy::Limits limits = policy::limits_in_force(line.facts, defaults);
  const Why why = judge(in_line(record, line.waiting), line, limits, now);
  const auto sent_before = [](const Prediction& prediction) { return prediction.sent_before; };
  return {{"messageId", record.id.value},
          {"status", record.status},
          {"decision", to_text(why.decision)},
          {"reason", reason_json(why.reason)},
          {"nextEligibleAt", or_null(why.next_eligible_at(), format_instant)},
          {"ahead", or_null(why.prediction, sent_before)},
          {"predicted", or_null(why.prediction, prediction_json)},
          {"rules", to_json(why.rules)},
          {"user",
           {{"active", policy::is_active(now, line.facts, limits)},
            {"blocked", blocked_json(line.facts, limits, now)}}},
          {"explanation", explanation(why)}};
}

}  // namespace orchestrator::api
