#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "policy/rule_table.hpp"

namespace orchestrator::policy {

namespace {

// Messages of one kind are held by their own rules alike: if one is held until some instant, so is, at least
// until then, each complete one that was scheduled later. For every such rule (not due, best hours, low lane)
// ends with scheduled_for, with scheduled_for + 24 hours, or at an instant that is the same for all; and a
// low message ages no sooner than one scheduled before it. The rules of the person hold all anyway. (What
// waits for the LLM is held otherwise: whatever is unseen behind it waits for the answer, too.) So
// whatever is unseen behind the second of its kind neither may go before both that were seen, nor stands
// before either in line; it can only come first when both came to their end.
constexpr std::size_t kKinds = 6;

std::size_t kind_of(const QueuedMessage& message) {
  switch (message.priority) {
    case Priority::urgent:
      return 0;
    case Priority::high:
      return 1;
    case Priority::medium:
      return message.can_delay ? 2 : 3;
    case Priority::low:
      return message.can_delay ? 4 : 5;
  }
  std::abort();
}

using Line = std::vector<const QueuedMessage*>;

Line in_line(Instant now, const std::vector<QueuedMessage>& waiting) {
  Line line;
  line.reserve(waiting.size());
  for (const QueuedMessage& message : waiting) line.push_back(&message);
  std::ranges::sort(line, {}, [now](const QueuedMessage* message) {
    return std::tuple<Priority, Instant, const MessageId&>(lane_at(now, *message), message->scheduled_for,
                                                           message->id);
  });
  return line;
}

// Decides on each message of a line in turn, and knows what is left of it.
class Walk {
 public:
  Walk(Instant now, bool is_truncated, const Gate& gate, const Limits& limits, Plan& plan)
      : now_(now), is_truncated_(is_truncated), gate_(gate), limits_(limits), plan_(plan) {
    is_higher_lane_due_ = plan.facts.awaited_lane.value_or(Priority::low) < Priority::low;
  }

  void look_at(const QueuedMessage& message) {
    const std::size_t kind = kind_of(message);
    const bool waits = waits_for_answer(message, plan_.facts, limits_);
    const bool is_counted = message.is_complete && !waits;
    if (message.is_complete) ++seen_[kind];
    const auto held_by = held_by_itself(message, is_counted, kind);
    const bool stays = !leaves_the_line(message, held_by);

    const bool may_hide_others = is_truncated_ && message.is_complete && seen_[kind] >= 2;
    if (stays || may_hide_others) {
      plan_.express = plan_.express || is_express(message.priority);
      if (is_counted && !is_held_by_unseen_) left_[kind].push_back(&message);
    }
    const bool is_ready = message.is_complete && message.scheduled_for <= now_;
    if (stays && is_ready && lane_at(now_, message) < Priority::low) is_higher_lane_due_ = true;
    if (may_hide_others && !stays && !held_by) unseen_may_come_first_ = true;
    // The unseen need not wait for the answer, but nobody knows them; what stands behind them waits with
    // them.
    if (may_hide_others && waits) unseen_may_come_first_ = is_held_by_unseen_ = true;
  }

  // The first instant, not before `from`, at which something that is left may pass, given the facts as they
  // are after the look.
  std::optional<Instant> next_pass(Instant from) const {
    std::optional<Instant> next;
    for (const Line& left : left_) {
      const auto waits = [this](const QueuedMessage* message) {
        return waits_for_answer(*message, plan_.facts, limits_);
      };
      const auto earliest = std::ranges::find_if_not(left, waits);
      if (earliest == left.end()) continue;
      const RuleInput input{now_, **earliest, plan_.facts, limits_, is_higher_lane_due_};
      const Instant passes_at = all_pass_at(rules_that_defer(), from, input);
      next = std::min(next.value_or(passes_at), passes_at);
    }
    return next;
  }

  // Whether something unseen might come first, and was not looked for because of an answer that is awaited.
  bool is_held_by_unseen() const { return is_held_by_unseen_; }

 private:
  std::optional<Reason> held_by_itself(const QueuedMessage& message, bool is_counted, std::size_t kind) {
    if (held_by_[kind] && is_counted) return held_by_[kind];
    const RuleInput input{now_, message, plan_.facts, limits_, is_higher_lane_due_};
    const auto reason = first_to_block(message_rules(), input);
    if (is_counted) held_by_[kind] = reason;
    return reason;
  }

  bool leaves_the_line(const QueuedMessage& message, std::optional<Reason> held_by) {
    if (is_expired(now_, message)) {
      plan_.expire.push_back(message.id);
      return true;
    }
    if (plan_.promote || unseen_may_come_first_) return false;
    const auto reason = held_by ? held_by : gate_.reason;
    if (reason) {
      if (message.scheduled_for <= now_) defer(message, *reason);
      return false;
    }
    if (const auto question = question_about(message, plan_.facts, limits_)) {
      ask(message, *question);
    } else if (message.has_content) {
      plan_.promote = message.id;
      plan_.deferred.reset();
      plan_.deferred_by.reset();
    } else {
      plan_.fail.push_back(message.id);
    }
    return true;
  }

  void ask(const QueuedMessage& message, LlmQuestion question) {
    const Priority lane = message.priority;
    plan_.ask.push_back({message.id, question});
    plan_.facts.awaited_lane = std::min(plan_.facts.awaited_lane.value_or(lane), lane);
    if (lane < Priority::low) is_higher_lane_due_ = true;
    defer(message, Reason::awaiting_render);
  }

  void defer(const QueuedMessage& message, Reason reason) {
    if (plan_.deferred_by) return;
    plan_.deferred = message.id;
    plan_.deferred_by = reason;
  }

  const Instant now_;
  const bool is_truncated_;
  const Gate& gate_;
  const Limits& limits_;
  Plan& plan_;
  std::array<std::size_t, kKinds> seen_ = {};
  std::array<std::optional<Reason>, kKinds> held_by_ = {};
  std::array<Line, kKinds> left_ = {};  // in the order of the line, without what waits for missing parts
  bool is_higher_lane_due_ = false;
  bool unseen_may_come_first_ = false;
  bool is_held_by_unseen_ = false;
};

}  // namespace

Plan plan_user(Instant now, const UserQueue& line, const UserFacts& facts, const Limits& limits) {
  Plan plan;
  plan.facts = with_count_as_of(now, facts, limits);
  if (facts.opted_out) {
    plan.cancel_all = true;
    return plan;
  }

  const Gate gate = user_gate(now, plan.facts, limits);
  Walk walk(now, line.is_truncated, gate, limits, plan);
  for (const QueuedMessage* message : in_line(now, line.messages)) walk.look_at(*message);
  if (plan.promote) plan.facts = after_sending(now, std::move(plan.facts), limits);

  const Gate gate_after = plan.promote ? user_gate(now, plan.facts, limits) : gate;
  if (gate_after.reason) {
    plan.blocked_until = gate_after.opens_at;
    plan.blocked_by = gate_after.reason;
  }

  const bool some_left = !plan.expire.empty() || !plan.fail.empty() || !plan.ask.empty();
  const bool has_made_room = line.is_truncated && !plan.promote && some_left;
  plan.next_attempt_at = has_made_room ? now : walk.next_pass(gate_after.opens_at);
  if (plan.promote && walk.is_held_by_unseen()) plan.next_attempt_at = gate_after.opens_at;
  return plan;
}

}  // namespace orchestrator::policy
