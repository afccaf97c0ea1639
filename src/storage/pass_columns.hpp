// The parameters of a pass's statements: one array for each column. Only src/storage/*.cpp include this.
#pragma once

#include "orchestrator/plan.hpp"
#include "storage/binary_arrays.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {

// Users as the statements take them: logical shards and ids.
struct UserColumns {
  void add(const ClaimedUser& claimed) {
    shard.smallint(claimed.shard);
    user.text(claimed.id.value);
  }

  BinaryArray shard{BinaryArray::Type::smallint}, user{BinaryArray::Type::text};
};

// What apply_pass.sql stores for each user.
struct UpdateColumns {
  void add(const ClaimedUser& claimed, const UserUpdate& update) {
    const Plan& plan = update.plan;
    user.add(claimed);
    next_attempt_at.instant(plan.next_attempt_at);
    express.boolean(plan.express);
    blocked_until.instant(plan.blocked_until);
    blocked_by.optional_text(plan.blocked_by ? std::optional<std::string>(to_text(*plan.blocked_by))
                                             : std::nullopt);
    date.date(plan.facts.counted_date);
    messages_sent.integer(plan.facts.sent_on_date);
    last_message_at.instant(plan.facts.last_outbound_at);
    recent_sends.text(instant_array(plan.facts.recent_sends));
    daily_limit.integer(update.daily_limit);
    hourly_limit.integer(update.hourly_limit);
    quiet_hours_enabled.boolean(update.quiet_hours_enabled);
  }

  using Type = BinaryArray::Type;
  UserColumns user = {};
  BinaryArray next_attempt_at{Type::timestamptz}, express{Type::boolean}, blocked_until{Type::timestamptz},
      blocked_by{Type::text}, date{Type::date}, messages_sent{Type::integer},
      last_message_at{Type::timestamptz}, recent_sends{Type::text}, daily_limit{Type::integer},
      hourly_limit{Type::integer}, quiet_hours_enabled{Type::boolean};
};

struct PromotionColumns {
  void add(const ClaimedUser& user, const UserUpdate::Promotion& promotion) {
    shard.smallint(user.shard);
    queued.uuid(promotion.queued.value);
    message.uuid(promotion.message.value);
  }

  BinaryArray shard{BinaryArray::Type::smallint}, queued{BinaryArray::Type::uuid},
      message{BinaryArray::Type::uuid};
};

struct DeferralColumns {
  void add(const ClaimedUser& claimed, const Plan& plan) {
    user.add(claimed);
    plan.deferred ? message.uuid(plan.deferred->value) : message.null();
    reason.text(to_text(*plan.deferred_by));
    until.instant(plan.next_attempt_at);
  }

  UserColumns user = {};
  BinaryArray message{BinaryArray::Type::uuid}, reason{BinaryArray::Type::text},
      until{BinaryArray::Type::timestamptz};
};

}  // namespace orchestrator::storage
