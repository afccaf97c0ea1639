#include "ingest/decision.hpp"

#include <cstdlib>

#include "policy/policy.hpp"

namespace orchestrator::ingest {
namespace {

using Outcome = ScheduleDecision::Outcome;

ScheduleDecision from_verdict(const policy::Verdict& verdict, bool others_wait) {
  switch (verdict.decision) {
    case policy::Decision::send:
      return {Outcome::next_pass};
    case policy::Decision::defer:
      return {Outcome::deferred, verdict.reason, others_wait ? std::nullopt : verdict.eligible_at};
    case policy::Decision::expire:
      return {Outcome::expired, verdict.reason};
    case policy::Decision::cancel:
    case policy::Decision::fail:
      return {Outcome::cancelled, verdict.reason};
  }
  std::abort();
}

}  // namespace

QueuedMessage message_of(const Submission& submission, Instant now) {
  const ScheduleRequest& request = submission.request;
  return {.id = submission.id(),
          .priority = request.priority,
          .scheduled_for = request.scheduled_for,
          .expires_at = request.expires_at,
          .can_delay = request.can_delay,
          .has_content = !request.needs_rendering,
          .requires_fresh_context = request.requires_fresh_context,
          .context_as_of = now};
}

ScheduleDecision decision_on(const Submission& submission, const Admission& admission, Instant now,
                             const RuleDefaults& rules) {
  const auto decide = [&](const QueuedMessage& message, bool others_wait) {
    const policy::Limits limits = policy::limits_in_force(admission.facts, rules);
    return from_verdict(policy::decide(now, message, admission.facts, limits), others_wait);
  };
  if (admission.kind == Admission::Kind::promoted) return {Outcome::promoted};
  if (admission.kind == Admission::Kind::store)
    return decide(message_of(submission, now), admission.others_wait);

  const EarlierMessage& earlier = admission.earlier;
  switch (earlier.state) {
    case EarlierMessage::State::waiting:
      return decide(earlier.message, true);
    case EarlierMessage::State::with_llm:
      return {Outcome::deferred, Reason::awaiting_render};
    case EarlierMessage::State::sent:
      return {Outcome::promoted};
    case EarlierMessage::State::expired:
      return {Outcome::expired, earlier.reason};
    case EarlierMessage::State::cancelled:
      return {Outcome::cancelled, earlier.reason};
  }
  std::abort();
}

}  // namespace orchestrator::ingest
