#include "storage/pass_store.hpp"

#include <algorithm>
#include <unordered_set>

#include "storage/parameters.hpp"
#include "storage/queue_rows.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {
namespace {

// How many waiting messages of a user are read before only the first two of each kind are; one less than
// read_queue_heads.sql reads.
constexpr std::size_t kWholeQueue = 8;

// When a user is evaluated again whose messages were partly locked or unread: those may be due before the
// others.
constexpr std::chrono::seconds kRecheckDelay{1};

using Users = std::vector<ClaimedUser*>;

// Users as the statements take them: logical shards and ids.
struct UserColumns {
  void add(const ClaimedUser& claimed) {
    shard.number(claimed.shard);
    user.text(claimed.id.value);
  }

  ArrayLiteral shard, user;
};

UserColumns columns_of(const Users& users) {
  UserColumns columns;
  for (const ClaimedUser* user : users) columns.add(*user);
  return columns;
}

void read_facts(Transaction& transaction, const Users& users) {
  UserColumns columns = columns_of(users);
  for (const auto& row : transaction.run(sql::read_user_facts, columns.shard.take(), columns.user.take())) {
    users[row[0].as<std::size_t>()]->facts = facts_from(row);
  }
}

void read_messages(Transaction& transaction, const std::string& statement, const Users& users) {
  UserColumns columns = columns_of(users);
  for (const auto& row : transaction.run(statement, columns.shard.take(), columns.user.take())) {
    users[row[0].as<std::size_t>()]->queue.messages.push_back(message_from(row));
  }
}

void read_queues(Transaction& transaction, const Users& users) {
  read_messages(transaction, sql::read_queue_heads, users);
  Users long_queues;
  for (ClaimedUser* user : users) {
    user->queue.is_truncated = user->queue.messages.size() > kWholeQueue;
    if (!user->queue.is_truncated) continue;
    user->queue.messages.clear();
    long_queues.push_back(user);
  }
  if (!long_queues.empty()) read_messages(transaction, sql::read_queue_heads_by_kind, long_queues);
}

void read_sequences(Transaction& transaction, const Users& users) {
  std::vector<SequenceTarget> targets;
  for (ClaimedUser* user : users) targets.push_back({user->id, user->queue});
  read_parts(transaction, targets);
}

// Locks the messages that were read. Removes those that another transaction has locked, and marks their
// users.
void lock_queues(Transaction& transaction, const Users& users) {
  UserColumns columns;
  std::vector<std::string> ids;
  const auto add = [&](const ClaimedUser& user, const MessageId& id) {
    columns.add(user);
    ids.push_back(id.value);
  };
  for (const ClaimedUser* user : users) {
    for (const QueuedMessage& message : user->queue.messages) {
      add(*user, message.id);
      for (std::size_t part = 1; part < message.sequence.size(); ++part) add(*user, message.sequence[part]);
    }
  }
  if (ids.empty()) return;
  const auto rows =
      transaction.run(sql::lock_queued_messages, columns.shard.take(), columns.user.take(), text_array(ids));
  if (rows.size() == ids.size()) return;

  std::unordered_set<std::string> locked;
  for (const auto& row : rows) locked.insert(row[0].as<std::string>());
  const auto is_locked_elsewhere = [&](const QueuedMessage& message) {
    const auto is_missing = [&](const MessageId& id) { return !locked.contains(id.value); };
    return is_missing(message.id) || std::ranges::any_of(message.sequence, is_missing);
  };
  for (ClaimedUser* user : users) {
    user->some_are_locked = std::erase_if(user->queue.messages, is_locked_elsewhere) > 0;
  }
}

// Takes sequences with missing parts out of the queue, until they are complete.
void refresh_broken_sequences(Transaction& transaction, const std::vector<ClaimedUser>& users) {
  SequenceKeys keys;
  for (const ClaimedUser& user : users) {
    for (const QueuedMessage& message : user.queue.messages) {
      if (!message.is_complete) keys.add(user.id, message);
    }
  }
  if (keys.user_ids.empty()) return;
  transaction.run(sql::refresh_sequences, text_array(keys.user_ids), text_array(keys.sequence_ids));
}

std::vector<ClaimedUser> claim(Transaction& transaction, PassStore::Lane lane, Instant due_by,
                               std::size_t limit, std::optional<UserId>* first) {
  const std::string& statement =
      lane == PassStore::Lane::express ? sql::claim_due_express_users : sql::claim_due_users;
  std::vector<ClaimedUser> claimed;
  for (const auto& row : transaction.run(statement, format_instant(due_by), limit)) {
    claimed.push_back({.id = UserId{row[1].as<std::string>()}, .shard = row[0].as<int>()});
  }
  if (claimed.empty()) return claimed;
  if (first) *first = claimed.front().id;

  Users users;
  users.reserve(claimed.size());
  for (ClaimedUser& user : claimed) users.push_back(&user);
  read_facts(transaction, users);
  read_queues(transaction, users);
  read_sequences(transaction, users);
  lock_queues(transaction, users);
  return claimed;
}

// The parameters of apply_pass.sql: one array for each column.
struct UpdateColumns {
  void add(const ClaimedUser& claimed, const UserUpdate& update) {
    const Plan& plan = update.plan;
    const StoredCounters counters(plan.facts);
    user.add(claimed);
    next_attempt_at.instant(plan.next_attempt_at);
    express.boolean(plan.express);
    blocked_until.instant(plan.blocked_until);
    blocked_by.optional_text(text_of(plan.blocked_by));
    date.optional_text(counters.date);
    messages_sent.number(counters.messages_sent);
    last_message_at.instant(counters.last_message_at);
    recent_sends.text(counters.recent_sends);
    daily_limit.number(update.daily_limit);
    hourly_limit.number(update.hourly_limit);
    quiet_hours_enabled.boolean(update.quiet_hours_enabled);
    deferred.optional_text(plan.deferred ? std::optional(plan.deferred->value) : std::nullopt);
    deferred_by.optional_text(text_of(plan.deferred_by));
  }

  static std::optional<std::string> text_of(std::optional<Reason> reason) {
    return reason ? std::optional<std::string>(to_text(*reason)) : std::nullopt;
  }

  UserColumns user;
  ArrayLiteral next_attempt_at, express, blocked_until, blocked_by, date, messages_sent, last_message_at,
      recent_sends, daily_limit, hourly_limit, quiet_hours_enabled, deferred, deferred_by;
};

struct PromotionColumns {
  void add(const ClaimedUser& user, const UserUpdate::Promotion& promotion) {
    shard.number(user.shard);
    queued.text(promotion.queued.value);
    message.text(promotion.message.value);
  }

  ArrayLiteral shard, queued, message;
};

void apply_updates(Transaction& transaction, UpdateColumns& decided, PromotionColumns& promoted,
                   const std::string& now) {
  transaction.run(sql::apply_pass, decided.user.shard.take(), decided.user.user.take(),
                  decided.next_attempt_at.take(), decided.express.take(), decided.blocked_until.take(),
                  decided.blocked_by.take(), decided.date.take(), decided.messages_sent.take(),
                  decided.last_message_at.take(), decided.recent_sends.take(), decided.daily_limit.take(),
                  decided.hourly_limit.take(), decided.quiet_hours_enabled.take(), decided.deferred.take(),
                  decided.deferred_by.take(), promoted.shard.take(), promoted.queued.take(),
                  promoted.message.take(), now);
}

// The updates of a batch, as the parameters of the statements that store them.
class BatchUpdate {
 public:
  void add(ClaimedUser& claimed, UserUpdate update, Instant now) {
    if (may_hide_others(claimed)) recheck_soon(update.plan, now);
    for (const auto& id : update.plan.expire) any_expired_ = add_message(expired_, claimed, id);
    for (const auto& id : update.plan.fail) any_failed_ = add_message(failed_, claimed, id);
    for (const auto& [message, question] : update.plan.ask) {
      any_for_llm_ = add_message(for_llm_, claimed, message);
      for_llm_.text("question", to_text(question));
    }
    if (update.plan.cancel_all) opted_out_.push_back(&claimed);
    for (const auto& promotion : update.promotions) promoted_.add(claimed, promotion);
    decided_.add(claimed, update);
  }

  // Returns the number of cancelled messages.
  std::size_t store(Transaction& transaction, Instant now) {
    const std::string at = format_instant(now);
    if (any_expired_) transaction.run(sql::close_messages, expired_.take(), "expired", "expired", at);
    if (any_failed_) transaction.run(sql::close_messages, failed_.take(), "failed", "no_content", at);
    if (any_for_llm_) transaction.run(sql::hand_messages_to_llm, for_llm_.take(), at);
    std::size_t cancelled = 0;
    if (!opted_out_.empty()) {
      UserColumns users = columns_of(opted_out_);
      cancelled =
          transaction.run(sql::cancel_messages_of_opted_out_users, users.shard.take(), users.user.take(), at)
              .affected_rows();
    }
    apply_updates(transaction, decided_, promoted_, at);
    if (!opted_out_.empty()) {
      UserColumns users = columns_of(opted_out_);
      transaction.run(sql::recheck_opted_out_users, users.shard.take(), users.user.take(), at);
    }
    return cancelled;
  }

 private:
  // Locked messages were not evaluated; behind incomplete sequences there may be unread ones.
  static bool may_hide_others(const ClaimedUser& user) {
    const bool any_broken = !std::ranges::all_of(user.queue.messages, &QueuedMessage::is_complete);
    return user.some_are_locked || (any_broken && user.queue.is_truncated);
  }

  static void recheck_soon(Plan& plan, Instant now) {
    const Instant soon = std::max(now + kRecheckDelay, plan.blocked_until.value_or(now));
    plan.next_attempt_at = std::min(plan.next_attempt_at.value_or(soon), soon);
  }

  static bool add_message(JsonRows& rows, const ClaimedUser& user, const MessageId& id) {
    rows.begin_row();
    rows.number("shard", user.shard);
    rows.text("id", id.value);
    return true;
  }

  UpdateColumns decided_;
  PromotionColumns promoted_;
  JsonRows expired_;
  JsonRows failed_;
  JsonRows for_llm_;
  bool any_expired_ = false;
  bool any_failed_ = false;
  bool any_for_llm_ = false;
  Users opted_out_;
};

}  // namespace

PassStore::BatchResult PassStore::process_batch(Lane lane, Instant due_by, const Clock& clock,
                                                std::size_t limit, const Decide& decide,
                                                std::optional<UserId>* first) {
  return in_transaction(database_, kBatchTxSettings, [&](Transaction& transaction) {
    auto users = claim(transaction, lane, due_by, limit, first);
    if (users.empty()) return BatchResult{};

    const Instant now = clock.now();
    BatchUpdate batch;
    for (ClaimedUser& user : users) batch.add(user, decide(user, now), now);
    const std::size_t cancelled = batch.store(transaction, now);
    refresh_broken_sequences(transaction, users);
    return BatchResult{users.size(), cancelled};
  });
}

bool PassStore::postpone(const UserId& user, Instant due_by, Instant until) {
  return in_transaction(database_, [&](Transaction& transaction) {
    return transaction.run(sql::postpone_user, user.value, format_instant(due_by), format_instant(until))
               .affected_rows() > 0;
  });
}

std::size_t PassStore::expire_overdue(Instant now, std::size_t limit) {
  return in_transaction(database_, kBatchTxSettings, [&](Transaction& transaction) {
    const std::string at = format_instant(now);
    std::vector<std::string> locked;
    for (const auto& row : transaction.run(sql::lock_users_of_expired_messages, at, limit)) {
      locked.push_back(row[0].as<std::string>());
    }
    return transaction.run(sql::expire_messages, at, limit, text_array(locked)).affected_rows();
  });
}

std::optional<Instant> PassStore::next_express_attempt() {
  return in_single_read(database_, [&](SingleRead& transaction) {
    return optional_instant_from(transaction.run1(sql::read_next_express_attempt)[0]);
  });
}

std::int64_t PassStore::count_due(Instant now, std::int64_t limit) {
  return in_transaction(database_, kBatchTxSettings, [&](Transaction& transaction) {
    return transaction.run1(sql::count_due_users, format_instant(now), limit)[0].as<std::int64_t>();
  });
}

bool PassStore::is_any_user_due(Instant now) {
  return in_single_read(database_, [&](SingleRead& transaction) {
    return transaction.run1(sql::is_any_user_due, format_instant(now))[0].as<bool>();
  });
}

void PassStore::log_full_pass(Instant started_at, Instant ended_at, const Totals& totals) {
  in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    transaction.run(sql::log_full_pass, format_instant(started_at), format_instant(ended_at), totals.promoted,
                    totals.deferred, totals.expired, totals.cancelled, totals.failed, totals.sent_to_llm);
  });
}

bool PassStore::adopt_rules(const std::string& fingerprint) {
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    const auto stored = transaction.run(sql::store_rules_fingerprint, fingerprint);
    const bool replaced = !stored.empty() && stored[0][0].as<bool>();
    if (replaced) transaction.run(sql::reopen_all_gates);
    return replaced;
  });
}

}  // namespace orchestrator::storage
