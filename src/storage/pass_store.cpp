#include "storage/pass_store.hpp"

#include <algorithm>
#include <unordered_set>

#include "storage/parameters.hpp"
#include "storage/pass_columns.hpp"
#include "storage/queue_rows.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {
namespace {

// When a user is evaluated again whose messages were partly locked or unread: those may be due before the
// others.
constexpr std::chrono::seconds kRecheckDelay{1};

using Users = std::vector<ClaimedUser*>;

UserColumns columns_of(const Users& users) {
  UserColumns columns;
  for (const ClaimedUser* user : users) columns.add(*user);
  return columns;
}

// Reads settings and the first messages of the queue. Messages that another transaction has locked are left
// out, and their users marked. Returns the users whose queues are longer.
Users read_users(Transaction& transaction, const Users& users) {
  UserColumns columns = columns_of(users);
  std::vector<std::size_t> waiting(users.size());
  for (const auto& row :
       transaction.run(sql::read_claimed_users, columns.shard.take(), columns.user.take())) {
    const auto position = row[0].as<std::size_t>();
    ClaimedUser& user = *users[position];
    if (waiting[position]++ == 0) read_settings(row, user.facts);
    if (row[1].is_null()) continue;  // no message waits
    const bool is_locked = row[1].as<bool>();
    if (is_locked) user.queue.messages.push_back(message_from(row));
    user.some_are_locked = user.some_are_locked || !is_locked;
  }
  Users long_queues;
  for (std::size_t i = 0; i < users.size(); ++i) {
    users[i]->queue.is_truncated = waiting[i] > kWholeQueue;
    if (users[i]->queue.is_truncated) long_queues.push_back(users[i]);
  }
  return long_queues;
}

void read_long_queues(Transaction& transaction, const Users& users) {
  UserColumns columns;
  for (ClaimedUser* user : users) {
    columns.add(*user);
    user->queue.messages.clear();
    user->some_are_locked = false;
  }
  for (const auto& row :
       transaction.run(sql::read_queue_heads_by_kind, columns.shard.take(), columns.user.take())) {
    users[row[0].as<std::size_t>()]->queue.messages.push_back(message_from(row));
  }
}

void read_sequences(Transaction& transaction, const Users& users) {
  std::vector<SequenceTarget> targets;
  targets.reserve(users.size());
  for (ClaimedUser* user : users) targets.push_back({user->id, user->queue});
  read_parts(transaction, targets);
}

// Locks what read_users has not locked: the messages of long queues, and the parts of sequences behind the
// first. Removes messages of which another transaction has locked a part, and marks their users.
void lock_others(Transaction& transaction, const Users& users) {
  UserColumns columns;
  std::vector<std::string> ids;
  const auto add = [&](const ClaimedUser& user, const MessageId& id) {
    columns.add(user);
    ids.push_back(id.value);
  };
  for (const ClaimedUser* user : users) {
    for (const QueuedMessage& message : user->queue.messages) {
      if (user->queue.is_truncated) add(*user, message.id);
      for (std::size_t part = 1; part < message.sequence.size(); ++part) add(*user, message.sequence[part]);
    }
  }
  if (ids.empty()) return;
  const auto rows =
      transaction.run(sql::lock_queued_messages, columns.shard.take(), columns.user.take(), text_array(ids));
  if (rows.size() == ids.size()) return;

  std::unordered_set<std::string> locked;
  for (const auto& row : rows) locked.insert(row[0].as<std::string>());
  for (ClaimedUser* user : users) {
    const auto is_locked_elsewhere = [&](const QueuedMessage& message) {
      const auto is_missing = [&](const MessageId& id) { return !locked.contains(id.value); };
      return (user->queue.is_truncated && is_missing(message.id)) ||
             std::ranges::any_of(message.sequence.begin() + (message.sequence.empty() ? 0 : 1),
                                 message.sequence.end(), is_missing);
    };
    if (std::erase_if(user->queue.messages, is_locked_elsewhere) > 0) user->some_are_locked = true;
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

std::vector<ClaimedUser> claim(Transaction& transaction, const PassStore::Claim& claim) {
  const std::string& statement =
      claim.lane == PassStore::Lane::express ? sql::claim_due_express_users : sql::claim_due_users;
  const auto rows = transaction.run(statement, format_instant(claim.due_by), claim.limit, claim.first_shard);
  std::vector<ClaimedUser> claimed;
  claimed.reserve(rows.size());
  for (const auto& row : rows) {
    claimed.push_back({.id = UserId{row[1].as<std::string>()}, .shard = row[0].as<int>()});
    read_counters(row, claimed.back().facts);
  }
  return claimed;
}

void read(Transaction& transaction, std::vector<ClaimedUser>& claimed) {
  Users users;
  users.reserve(claimed.size());
  for (ClaimedUser& user : claimed) users.push_back(&user);
  const Users long_queues = read_users(transaction, users);
  if (!long_queues.empty()) read_long_queues(transaction, long_queues);
  read_sequences(transaction, users);
  lock_others(transaction, users);
}

void apply_updates(Transaction& transaction, UpdateColumns& decided, PromotionColumns& promoted,
                   DeferralColumns& deferred, const std::string& now) {
  transaction.run(
      sql::apply_pass, decided.user.shard.take(), decided.user.user.take(), decided.next_attempt_at.take(),
      decided.express.take(), decided.blocked_until.take(), decided.blocked_by.take(), decided.date.take(),
      decided.messages_sent.take(), decided.last_message_at.take(), decided.recent_sends.take(),
      decided.daily_limit.take(), decided.hourly_limit.take(), decided.quiet_hours_enabled.take(),
      promoted.shard.take(), promoted.queued.take(), promoted.message.take(), deferred.user.shard.take(),
      deferred.user.user.take(), deferred.message.take(), deferred.reason.take(), deferred.until.take(), now);
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
    if (update.plan.deferred_by) deferred_.add(claimed, update.plan);
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
    apply_updates(transaction, decided_, promoted_, deferred_, at);
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
  DeferralColumns deferred_;
  JsonRows expired_;
  JsonRows failed_;
  JsonRows for_llm_;
  bool any_expired_ = false;
  bool any_failed_ = false;
  bool any_for_llm_ = false;
  Users opted_out_;
};

}  // namespace

PassStore::BatchResult PassStore::process_batch(const Claim& claim, const Clock& clock, const Decide& decide,
                                                std::optional<UserId>* first) {
  return in_transaction(database_, kBatchTxSettings, [&](Transaction& transaction) {
    auto users = storage::claim(transaction, claim);
    if (users.empty()) return BatchResult{};
    if (first) *first = users.front().id;
    read(transaction, users);

    const Instant now = clock.now();
    BatchUpdate batch;
    for (ClaimedUser& user : users) batch.add(user, decide(user, now), now);
    const std::size_t cancelled = batch.store(transaction, now);
    refresh_broken_sequences(transaction, users);
    return BatchResult{users.size(), cancelled, users.back().shard};
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
