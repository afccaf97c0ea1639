#include "processor/pass.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "logging/logging.hpp"
#include "policy/policy.hpp"
#include "storage/errors.hpp"

namespace orchestrator::processor {
namespace {

// Small enough that a POST for a user of the batch waits milliseconds; large enough to amortise the commit.
constexpr std::size_t kBatchUsers = 1000;
constexpr std::size_t kExpiryBatch = 1000;

// How long a user is postponed whose data cannot be stored.
constexpr std::chrono::minutes kPostponement{5};

// How many deferrals and unusable time zones of a pass are logged: more would cost time and add nothing.
constexpr std::int64_t kLoggedDeferrals = 20;

bool is_rate_limit(Reason reason) {
  return reason == Reason::cooldown || reason == Reason::hourly_limit_reached ||
         reason == Reason::daily_limit_reached;
}

// A message by itself, or all of the sequence that it heads.
std::vector<MessageId> parts_of(const ClaimedUser& user, const MessageId& id) {
  const auto& waiting = user.queue.messages;
  const auto head = std::ranges::find(waiting, id, &QueuedMessage::id);
  if (head == waiting.end() || head->sequence.empty()) return {id};
  return head->sequence;
}

std::vector<MessageId> with_parts(const ClaimedUser& user, const std::vector<MessageId>& heads) {
  std::vector<MessageId> all;
  for (const MessageId& head : heads) {
    const auto parts = parts_of(user, head);
    all.insert(all.end(), parts.begin(), parts.end());
  }
  return all;
}

class Pass {
 public:
  Pass(const PassContext& context, const std::stop_token& stop) : context_(context), stop_(stop) {
    summary_.started_at = context_.clock.now();
  }

  // Express users come first; the pass expires messages in their queues itself.
  PassSummary run_express(bool queue_was_busy) {
    summary_.queue_is_busy = queue_was_busy;
    drain_express();
    expire_overdue();
    return summary_;
  }

  PassSummary run_full() {
    expire_overdue();
    summary_.queue_is_busy =
        context_.store.count_due(summary_.started_at, context_.busy_threshold + 1) > context_.busy_threshold;
    do {
      drain_express();
    } while (!stop_.stop_requested() && batch(storage::PassStore::Lane::any) > 0);
    summary_.left_locked = context_.store.is_any_user_due(summary_.started_at);
    log_totals();
    return summary_;
  }

 private:
  void log_totals() {
    const storage::PassStore::Totals totals{.promoted = summary_.promoted,
                                            .deferred = summary_.deferred,
                                            .expired = summary_.expired,
                                            .cancelled = summary_.cancelled,
                                            .failed = summary_.failed,
                                            .sent_to_llm = summary_.sent_to_llm};
    const bool did_something = totals.promoted + totals.deferred + totals.expired + totals.cancelled +
                                   totals.failed + totals.sent_to_llm >
                               0;
    if (!did_something) return;
    try {
      context_.store.log_full_pass(summary_.started_at, context_.clock.now(), totals);
    } catch (const storage::Unavailable& failure) {  // what the pass did is stored, and its caller must know
      logging::warning(fmt::format("The totals of a full pass are not logged: {}", failure.what()));
    }
  }

  void expire_overdue() {
    std::size_t closed = kExpiryBatch;
    while (closed >= kExpiryBatch && !stop_.stop_requested()) {
      closed = context_.store.expire_overdue(summary_.started_at, kExpiryBatch);
      summary_.expired += static_cast<std::int64_t>(closed);
    }
  }

  void drain_express() {
    while (!stop_.stop_requested() && batch(storage::PassStore::Lane::express) == kBatchUsers) {
    }
  }

  // A full batch claims only users that were due when the pass began, so that the pass ends; an express batch
  // also claims users that became due since.
  std::size_t batch(storage::PassStore::Lane lane) {
    const bool is_express = lane == storage::PassStore::Lane::express;
    const Instant due_by = is_express ? context_.clock.now() : summary_.started_at;
    try {
      return process(lane, due_by, kBatchUsers, nullptr);
    } catch (const storage::BadData& failure) {
      logging::error(
          fmt::format("Batch cannot be stored, processing its users one by one: {}", failure.what()));
      return one_by_one(lane, due_by);
    }
  }

  std::size_t process(storage::PassStore::Lane lane, Instant due_by, std::size_t limit,
                      std::optional<UserId>* first) {
    PassSummary done = summary_;
    const auto result = context_.store.process_batch(
        {.lane = lane, .due_by = due_by, .limit = limit, .first_shard = next_shard_}, context_.clock,
        [&](ClaimedUser& user, Instant now) { return decide_user(now, user, done); }, first);
    if (result.users > 0) next_shard_ = result.last_shard + 1;
    done.cancelled += static_cast<std::int64_t>(result.cancelled);
    summary_ = done;
    return result.users;
  }

  // Finds the user whose data no pass can store and postpones it, so that it does not delay the others.
  std::size_t one_by_one(storage::PassStore::Lane lane, Instant due_by) {
    std::size_t users = 0;
    while (users < kBatchUsers && !stop_.stop_requested()) {
      std::optional<UserId> user;
      try {
        if (process(lane, due_by, 1, &user) == 0) break;
        ++users;
      } catch (const storage::BadData& failure) {
        if (!user) throw;
        if (context_.store.postpone(*user, due_by, context_.clock.now() + kPostponement)) {
          logging::error(fmt::format("User {} cannot be processed, postponed for {} min: {}",
                                     mask_user_id(*user), kPostponement.count(), failure.what()));
        }
        return kBatchUsers;  // there may be more
      }
    }
    return users;
  }

  UserUpdate decide_user(Instant now, ClaimedUser& user, PassSummary& done) {
    user.facts.queue_is_busy = summary_.queue_is_busy;
    const policy::Limits limits = policy::limits_in_force(user.facts, context_.rules);

    UserUpdate update{.plan = context_.plan(now, user.queue, user.facts, limits),
                      .daily_limit = limits.daily,
                      .hourly_limit = limits.hourly,
                      .quiet_hours_enabled = limits.quiet_hours.enabled};
    Plan& plan = update.plan;
    if (plan.promote) {
      for (const MessageId& part : parts_of(user, *plan.promote)) {
        update.promotions.push_back({part, context_.ids.next(now, user.shard)});
      }
    }
    plan.expire = with_parts(user, plan.expire);
    plan.fail = with_parts(user, plan.fail);
    count(user, update, limits, done);
    // This pass takes only users that were due when it began, and must take this one again at once.
    if (plan.next_attempt_at && *plan.next_attempt_at <= now)
      plan.next_attempt_at = std::min(now, summary_.started_at);
    return update;
  }

  void count(const ClaimedUser& user, const UserUpdate& update, const policy::Limits& limits,
             PassSummary& done) {
    const Plan& plan = update.plan;
    done.promoted += std::ssize(update.promotions);
    done.expired += std::ssize(plan.expire);
    done.failed += std::ssize(plan.fail);
    done.sent_to_llm += std::ssize(plan.ask);
    if (limits.zone.is_fallback && !user.facts.timezone.empty() && logged_zones_++ < kLoggedDeferrals) {
      logging::warning(fmt::format("User {} has no usable time zone (\"{}\"), using {}",
                                   mask_user_id(user.id), user.facts.timezone, context_.rules.timezone));
    }
    if (!plan.deferred_by) return;
    done.deferred_by[static_cast<std::size_t>(*plan.deferred_by)] += 1;
    if (done.deferred++ < kLoggedDeferrals) log_deferral(user, *plan.deferred_by, plan.next_attempt_at);
  }

  static void log_deferral(const ClaimedUser& user, Reason reason, std::optional<Instant> until) {
    const std::string when = until ? format_instant(*until) : "an unknown time";
    if (reason == Reason::quiet_hours) {
      logging::info(fmt::format("User {} in quiet hours, rescheduling to {}", mask_user_id(user.id), when));
    } else if (is_rate_limit(reason)) {
      logging::info(fmt::format("Rate limit exceeded for user {}: {}, rescheduling to {}",
                                mask_user_id(user.id), to_text(reason), when));
    } else {
      logging::info(
          fmt::format("User {} waits: {}, rescheduling to {}", mask_user_id(user.id), to_text(reason), when));
    }
  }

  const PassContext& context_;
  const std::stop_token& stop_;
  // Passes that run at once begin in different shards.
  int next_shard_ = static_cast<int>(std::random_device{}() % LogicalShards::kMost);
  PassSummary summary_;
  std::int64_t logged_zones_ = 0;
};

}  // namespace

PassSummary run_pass(const PassContext& context, PassKind kind, const std::stop_token& stop,
                     bool queue_was_busy) {
  Pass pass(context, stop);
  return kind == PassKind::full ? pass.run_full() : pass.run_express(queue_was_busy);
}

}  // namespace orchestrator::processor
