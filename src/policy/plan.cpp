// Invariants of plan_user. tests/policy/plan_property_test.cpp checks them after each pass of simulated
// queues:
//
// 1. A promotion breaks no rule of the user (expect_user_rules_kept).
// 2. The promoted message passes its own rules, and precedes every other message that does (expect_in_order).
// 3. No remaining message could be sent before next_attempt_at (expect_no_earlier_attempt).
// 4. blocked_until and blocked_by are those of a message that arrives now (expect_block_of_new_message).
// 5. A truncated queue yields the promotion that the whole queue yields; and, if no message expires or fails,
//    the same next_attempt_at (expect_same_plan_for_whole_queue).
// 6. Every message reaches a final state, and the number of passes without effect is bounded
//    (PlanProperty.KeepsAllRulesUntilEveryMessageIsFinal).
#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "policy/counters.hpp"
#include "policy/lane.hpp"
#include "policy/policy.hpp"
#include "policy/rules/awaiting_render.hpp"
#include "policy/rules/expired.hpp"
#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

// The kinds of messages; see UserQueue.
constexpr std::size_t kKinds = 8;

std::size_t kind_of(const QueuedMessage& message) {
  return static_cast<std::size_t>(message.priority) * 2 + (message.can_delay ? 0 : 1);
}

// The messages that a truncated queue does not contain. They follow two complete messages of their kind, and
// are not sent before these, for messages of one kind are blocked alike: if one is blocked by its own rules
// until some instant, so is, at least until then, each complete message of its kind with a later
// scheduled_for. Each such rule (not_due, optimal_time, low_priority_busy) ends at scheduled_for, at
// scheduled_for + kMaxDelay, or at the same instant for the whole kind; and a low message ages no sooner than
// one with an earlier scheduled_for. The rules of the user block all messages anyway. Therefore an unread
// message is the next one only after the two messages before it have left the queue.
//
// awaiting_render is the exception: a message may wait for the LLM while an unread one behind it need not. As
// the unread message is unknown, it is not evaluated before the LLM's answer, and neither are the messages
// that follow.
class UnreadMessages {
 public:
  explicit UnreadMessages(bool is_truncated) : is_truncated_(is_truncated) {}

  // For each complete message, in queue order.
  void count_read(std::size_t kind) { ++read_[kind]; }

  // Whether unread messages of `kind` may follow the last one that was read.
  bool may_follow(std::size_t kind) const { return is_truncated_ && read_[kind] >= 2; }

  // The last message of a kind that unread ones may follow leaves the queue, or waits for the LLM.
  void predecessor_leaves() { may_be_next_ = true; }
  void predecessor_waits_for_llm() { may_be_next_ = wait_for_llm_ = true; }

  bool may_be_next() const { return may_be_next_; }
  bool wait_for_llm() const { return wait_for_llm_; }

 private:
  const bool is_truncated_;
  std::array<std::size_t, kKinds> read_ = {};
  bool may_be_next_ = false;
  bool wait_for_llm_ = false;
};

using MessagePointers = std::vector<const QueuedMessage*>;

MessagePointers in_queue_order(Instant now, const std::vector<QueuedMessage>& waiting) {
  MessagePointers ordered;
  ordered.reserve(waiting.size());
  for (const QueuedMessage& message : waiting) ordered.push_back(&message);
  std::ranges::sort(ordered, {}, [now](const QueuedMessage* message) {
    return std::tuple<Priority, Instant, const MessageId&>(lane_at(now, *message), message->scheduled_for,
                                                           message->id);
  });
  return ordered;
}

// Decides on the messages of a queue in their order, and remembers which ones remain.
class QueuePlanner {
 public:
  QueuePlanner(Instant now, bool is_truncated, const UserBlock& block, const Limits& limits, Plan& plan)
      : now_(now), block_(block), limits_(limits), plan_(plan), unread_(is_truncated) {
    is_higher_lane_due_ = plan.facts.awaited_lane.value_or(Priority::low) < Priority::low;
  }

  void consider(const QueuedMessage& message) {
    const std::size_t kind = kind_of(message);
    const bool waits = waits_for_llm(message, plan_.facts, limits_);
    const bool is_typical = message.is_complete && !waits;
    if (message.is_complete) unread_.count_read(kind);
    const auto own_reason = reason_of_message_rules(message, is_typical, kind);
    const bool stays = !leaves_queue(message, own_reason);

    const bool may_precede_unread = message.is_complete && unread_.may_follow(kind);
    if (stays || may_precede_unread) {
      plan_.express = plan_.express || is_express(message.priority);
      if (is_typical && !unread_.wait_for_llm()) remaining_[kind].push_back(&message);
    }
    const bool is_due = message.is_complete && message.scheduled_for <= now_;
    if (stays && is_due && lane_at(now_, message) < Priority::low) is_higher_lane_due_ = true;
    if (may_precede_unread && !stays && !own_reason) unread_.predecessor_leaves();
    if (may_precede_unread && waits) unread_.predecessor_waits_for_llm();
  }

  // The first instant at or after `from` at which a remaining message, or an unread one, may pass. Uses the
  // facts as they are after the pass.
  std::optional<Instant> next_pass(Instant from) const {
    std::optional<Instant> next;
    for (const MessagePointers& remaining : remaining_) {
      const auto waits = [this](const QueuedMessage* message) {
        return waits_for_llm(*message, plan_.facts, limits_);
      };
      const auto earliest = std::ranges::find_if_not(remaining, waits);
      if (earliest == remaining.end()) continue;
      const RuleInput input{now_, **earliest, plan_.facts, limits_, is_higher_lane_due_};
      const Instant passes_at = all_pass_at(deferring_rules(), from, input);
      next = std::min(next.value_or(passes_at), passes_at);
    }
    return next;
  }

  bool unread_messages_wait_for_llm() const { return unread_.wait_for_llm(); }

 private:
  // The reason of a typical message (complete, and not waiting for the LLM) holds for all later ones of its
  // kind.
  std::optional<Reason> reason_of_message_rules(const QueuedMessage& message, bool is_typical,
                                                std::size_t kind) {
    if (reason_of_kind_[kind] && is_typical) return reason_of_kind_[kind];
    const RuleInput input{now_, message, plan_.facts, limits_, is_higher_lane_due_};
    const auto reason = first_to_block(message_rules(), input);
    if (is_typical) reason_of_kind_[kind] = reason;
    return reason;
  }

  bool leaves_queue(const QueuedMessage& message, std::optional<Reason> own_reason) {
    if (is_expired(now_, message)) {
      plan_.expire.push_back(message.id);
      return true;
    }
    if (plan_.promote || unread_.may_be_next()) return false;
    if (const auto reason = own_reason ? own_reason : block_.reason) {
      if (message.scheduled_for <= now_) defer(message, *reason);
      return false;
    }
    if (const auto question = question_about(message, plan_.facts, limits_)) {
      ask_llm(message, *question);
    } else if (message.has_content) {
      plan_.promote = message.id;
      plan_.deferred.reset();
      plan_.deferred_by.reset();
    } else {
      plan_.fail.push_back(message.id);
    }
    return true;
  }

  void ask_llm(const QueuedMessage& message, LlmQuestion question) {
    const Priority lane = message.priority;
    plan_.ask.push_back({message.id, question});
    plan_.facts.awaited_lane = std::min(plan_.facts.awaited_lane.value_or(lane), lane);
    if (lane < Priority::low) is_higher_lane_due_ = true;
    defer(message, Reason::awaiting_render);
  }

  // Only the first deferred message is the head of line.
  void defer(const QueuedMessage& message, Reason reason) {
    if (plan_.deferred_by) return;
    plan_.deferred = message.id;
    plan_.deferred_by = reason;
  }

  const Instant now_;
  const UserBlock& block_;
  const Limits& limits_;
  Plan& plan_;
  UnreadMessages unread_;
  std::array<std::optional<Reason>, kKinds> reason_of_kind_ = {};
  // In queue order, without incomplete sequences. A message that leaves the queue is among them if unread
  // ones may follow it: they pass no sooner than it.
  std::array<MessagePointers, kKinds> remaining_ = {};
  bool is_higher_lane_due_ = false;
};

}  // namespace

Plan plan_user(Instant now, const UserQueue& queue, const UserFacts& facts, const Limits& limits) {
  Plan plan;
  plan.facts = with_daily_count_as_of(now, facts, limits);
  if (facts.opted_out) {
    plan.cancel_all = true;
    return plan;
  }

  const UserBlock block = user_block(now, plan.facts, limits);
  QueuePlanner planner(now, queue.is_truncated, block, limits, plan);
  for (const QueuedMessage* message : in_queue_order(now, queue.messages)) planner.consider(*message);
  if (plan.promote) plan.facts = after_sending(now, std::move(plan.facts), limits);

  const UserBlock block_after = plan.promote ? user_block(now, plan.facts, limits) : block;
  if (block_after.reason) {
    plan.blocked_until = block_after.until;
    plan.blocked_by = block_after.reason;
  }

  const bool any_left = !plan.expire.empty() || !plan.fail.empty() || !plan.ask.empty();
  const bool must_read_again = queue.is_truncated && any_left && !plan.promote;
  plan.next_attempt_at = must_read_again ? now : planner.next_pass(block_after.until);
  if (plan.promote && planner.unread_messages_wait_for_llm()) plan.next_attempt_at = block_after.until;
  return plan;
}

}  // namespace orchestrator::policy
