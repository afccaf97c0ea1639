#include "api/explanation_json.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "api/decision_json.hpp"
#include "api/user_json.hpp"
#include "policy/activity.hpp"
#include "policy/policy.hpp"

namespace orchestrator::api {

namespace {

using policy::Decision;
using policy::Prediction;
using policy::RuleResult;

// The message as the rules see it: the message itself, or the sequence that contains it.
QueuedMessage queued_message(const MessageRecord& record, const UserQueue& waiting) {
  const auto matches = [&](const QueuedMessage& message) {
    const bool is_in_sequence = !record.sequence_id.empty() && message.sequence_id == record.sequence_id;
    return message.id == record.id || is_in_sequence;
  };
  const auto found = std::ranges::find_if(waiting.messages, matches);
  if (found != waiting.messages.end()) return *found;
  // The snapshot does not contain it, because more messages wait than the snapshot may hold.
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

struct Explanation {
  Decision decision = Decision::defer;
  std::optional<Reason> reason;
  std::optional<Prediction> prediction;
  std::vector<RuleResult> rules;

  // Nothing if the message is not predicted to be sent.
  std::optional<Instant> next_eligible_at() const {
    if (!prediction || prediction->outcome != Prediction::Outcome::sent) return std::nullopt;
    return prediction->at;
  }
};

// Whether the message is deferred for other messages of the user, which decide() does not see and explain()
// does.
bool is_deferred_for_others(const std::vector<RuleResult>& rules) {
  const auto first = std::ranges::find_if(rules, &RuleResult::blocks);
  return first != rules.end() && first->rule == orchestrator::to_text(Reason::low_priority_busy);
}

Explanation explain(const QueuedMessage& message, const UserSnapshot& snapshot, const policy::Limits& limits,
                    Instant now) {
  const policy::Verdict verdict = policy::decide(now, message, snapshot.facts, limits);
  Explanation result{.decision = verdict.decision,
                     .reason = verdict.reason,
                     .prediction = std::nullopt,
                     .rules = policy::explain(now, message, snapshot.facts, limits, snapshot.waiting)};
  if (!snapshot.waiting.is_truncated) {
    result.prediction = policy::predict(now, message.id, snapshot.waiting, snapshot.facts, limits);
  }
  const bool is_final = verdict.decision == Decision::cancel || verdict.decision == Decision::expire;
  if (!is_final && is_deferred_for_others(result.rules)) {
    result.decision = Decision::defer;
    result.reason = Reason::low_priority_busy;
  } else if (verdict.decision == Decision::send && result.prediction && result.prediction->sent_before > 0) {
    result.decision = Decision::defer;
    result.reason = Reason::behind_higher_priority;
  }
  return result;
}

std::string blocking_detail(const Explanation& explanation) {
  const auto& rules = explanation.rules;
  if (explanation.reason == Reason::awaiting_render) {
    const auto awaits_render = [](const RuleResult& rule) {
      return rule.rule == orchestrator::to_text(Reason::awaiting_render);
    };
    const auto rule = std::ranges::find_if(rules, awaits_render);
    if (rule != rules.end()) return rule->explanation;
  }
  const auto first = std::ranges::find_if(rules, &RuleResult::blocks);
  return first == rules.end() ? "other messages are ahead of it" : first->explanation;
}

std::string prediction_text(const Explanation& why) {
  if (!why.prediction) return "The time at which it will be sent cannot be predicted.";
  const std::string at = format_instant(why.prediction->at);
  switch (why.prediction->outcome) {
    case Prediction::Outcome::sent:
      return "As things are, it will be sent at " + at + ".";
    case Prediction::Outcome::expired:
      return "As things are, it will expire at " + at + " before it may be sent.";
    case Prediction::Outcome::cancelled:
      return "It will be cancelled.";
    case Prediction::Outcome::failed:
      return "It will fail.";
  }
  std::abort();
}

std::string waiting_text(const Explanation& why) {
  switch (why.decision) {
    case Decision::send:
      return "It may be sent now: the next pass promotes it.";
    case Decision::defer:
      return "It waits (" + std::string(orchestrator::to_text(why.reason.value_or(Reason::not_due))) +
             "): " + blocking_detail(why) + ". " + prediction_text(why);
    case Decision::cancel:
      return "The user has opted out: it will be cancelled.";
    case Decision::expire:
      return "It has expired and will not be sent.";
    case Decision::fail:
      return "It has no content: it will fail.";
  }
  std::abort();
}

OrderedJson prediction_json(const Prediction& prediction) {
  return {{"outcome", to_text(prediction.outcome)}, {"at", format_instant(prediction.at)}};
}

// The state of a promoted message at its provider; empty when the status says it all.
std::string delivery_text(const SentMessage& sent) {
  const std::string cause = sent.error_code.empty() ? "" : " (" + sent.error_code + ")";
  const std::string at = sent.next_attempt_at ? " at " + format_instant(*sent.next_attempt_at) : "";
  if (sent.status == "pending" && sent.waiting_for == orchestrator::to_text(Reason::quiet_hours)) {
    return " It waits for the end of the user's quiet hours and will be sent" + at + ".";
  }
  if (sent.status == "pending" && !sent.waiting_for.empty()) {
    return " The last attempt failed" + cause + "; it will be sent again" + at + ".";
  }
  if (sent.status == "unknown") {
    return " Whether the provider has sent it is unknown" + cause +
           (at.empty() ? "." : "; the provider will be asked" + at + ".");
  }
  return sent.status == "failed" || sent.status == "undelivered" ? " It will not be sent" + cause + "." : "";
}

std::string outcome_text(const MessageRecord& record) {
  if (record.status == "sent") {
    return "It was promoted" +
           (record.promoted_at ? " at " + format_instant(*record.promoted_at) : std::string()) +
           (record.sent ? " and is " + record.sent->status + " now." + delivery_text(*record.sent) : ".");
  }
  if (record.superseded_by) return "Message " + record.superseded_by->value + " superseded it.";
  if (record.status_reason.empty() || record.status_reason == record.status) {
    return "It is " + record.status + " and will not be sent.";
  }
  return "It is " + record.status + " (" + record.status_reason + ") and will not be sent.";
}

}  // namespace

OrderedJson waiting_explanation_json(const MessageRecord& record, const UserSnapshot& snapshot,
                                     const RuleDefaults& defaults, Instant now) {
  const policy::Limits limits = policy::limits_in_force(snapshot.facts, defaults);
  const Explanation why = explain(queued_message(record, snapshot.waiting), snapshot, limits, now);
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
           {{"active", policy::is_active(now, snapshot.facts, limits)},
            {"blocked", blocked_json(snapshot.facts, limits, now)}}},
          {"explanation", waiting_text(why)}};
}

OrderedJson outcome_explanation_json(const MessageRecord& record) {
  return {{"messageId", record.id.value},
          {"status", record.status},
          {"statusReason", text_or_null(record.status_reason)},
          {"rules", OrderedJson::array()},
          {"explanation", outcome_text(record)}};
}

}  // namespace orchestrator::api
