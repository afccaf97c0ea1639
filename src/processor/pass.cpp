#include "processor/pass.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "logging/logging.hpp"
#include "policy/policy.hpp"

namespace orchestrator {
namespace {

// Small enough that a POST for a user of the batch waits milliseconds, large enough that the commit is cheap.
constexpr std::size_t kBatchUsers = 1000;
constexpr std::size_t kExpiryBatch = 1000;

// A line for each of the first so many deferrals of a pass: more say nothing more, and cost.
constexpr std::int64_t kLoggedDeferrals = 20;

class Pass {
 public:
  Pass(const PassContext& context, const std::stop_token& stop) : context_(context), stop_(stop) {
    summary_.started_at = context_.clock.now();
  }

  PassSummary run(PassKind kind) {
    expire_overdue();
    do {
      drain_express();
    } while (kind == PassKind::full && !stop_.stop_requested() && batch(storage::PassStore::Lane::any) > 0);
    if (kind == PassKind::full) summary_.left_some = context_.store.anyone_due(summary_.started_at);
    return summary_;
  }

 private:
  void expire_overdue() {
    std::size_t closed = kExpiryBatch;
    while (closed == kExpiryBatch && !stop_.stop_requested()) {
      closed = context_.store.expire_overdue(summary_.started_at, kExpiryBatch);
      summary_.expired += static_cast<std::int64_t>(closed);
    }
  }

  void drain_express() {
    while (!stop_.stop_requested() && batch(storage::PassStore::Lane::express) == kBatchUsers) {
    }
  }

  // Only users that were due when the pass began, or express ones that have come since: a pass ends.
  std::size_t batch(storage::PassStore::Lane lane) {
    const Instant now = context_.clock.now();
    const Instant due_by = lane == storage::PassStore::Lane::express ? now : summary_.started_at;
    PassSummary done = summary_;
    const auto result = context_.store.process_batch(
        lane, due_by, now, kBatchUsers,
        [&](const storage::ClaimedUser& user) { return decide_user(now, user, done); });
    done.cancelled += static_cast<std::int64_t>(result.cancelled);
    summary_ = done;
    return result.users;
  }

  storage::UserUpdate decide_user(Instant now, const storage::ClaimedUser& user, PassSummary& done) {
    const policy::Limits limits = policy::limits_in_force(user.facts, context_.rules);
    policy::Plan plan = policy::plan_user(now, user.waiting, user.facts, limits);
    note(user, plan, limits, done);

    storage::UserUpdate update;
    if (plan.promote) update.promotion = {*plan.promote, context_.ids.next(now)};
    update.expired = std::move(plan.expire);
    update.failed = std::move(plan.fail);
    update.cancel_all = plan.cancel_all;
    update.next_attempt_at = plan.next_attempt_at;
    // Due again at once: by this pass, which takes only those due when it began.
    if (plan.next_attempt_at && *plan.next_attempt_at <= now)
      update.next_attempt_at = std::min(now, summary_.started_at);
    update.express = plan.express;
    update.blocked_until = plan.blocked_until;
    update.blocked_by = plan.blocked_by;
    update.counters = std::move(plan.facts);
    update.daily_limit = limits.daily;
    update.hourly_limit = limits.hourly;
    update.quiet_hours_enabled = limits.quiet_hours.enabled;
    return update;
  }

  void note(const storage::ClaimedUser& user, const policy::Plan& plan, const policy::Limits& limits,
            PassSummary& done) {
    done.promoted += plan.promote ? 1 : 0;
    done.expired += static_cast<std::int64_t>(plan.expire.size());
    done.failed += static_cast<std::int64_t>(plan.fail.size());
    if (limits.zone.is_fallback && !user.facts.timezone.empty()) {
      log_warning(fmt::format("User {} has no usable timezone (\"{}\"): {} is used", user.id.value,
                              user.facts.timezone, context_.rules.timezone));
    }
    if (!plan.deferred_by) return;
    done.deferred_by[static_cast<std::size_t>(*plan.deferred_by)] += 1;
    if (done.deferred++ < kLoggedDeferrals) log_deferral(user, *plan.deferred_by, plan.next_attempt_at);
  }

  static void log_deferral(const storage::ClaimedUser& user, Reason reason, std::optional<Instant> until) {
    const std::string when = until ? format_instant(*until) : "an unknown time";
    if (reason == Reason::quiet_hours) {
      log_info(fmt::format("User {} in quiet hours, rescheduling to {}", user.id.value, when));
    } else {
      log_info(fmt::format("Rate limit exceeded for user {}: {}, rescheduling to {}", user.id.value,
                           to_text(reason), when));
    }
  }

  const PassContext& context_;
  const std::stop_token& stop_;
  PassSummary summary_;
};

}  // namespace

PassSummary run_pass(const PassContext& context, PassKind kind, const std::stop_token& stop) {
  return Pass(context, stop).run(kind);
}

}  // namespace orchestrator
