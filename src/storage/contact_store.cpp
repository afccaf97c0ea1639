#include "storage/contact_store.hpp"

#include "storage/contact_rows.hpp"
#include "storage/sql.hpp"
#include "storage/turn_rows.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {
namespace {

constexpr std::size_t kFlushBatch = 500;

ContactStatus status_from(const pqxx::row& row) {
  ContactStatus status;
  status.contact_id = row["contact_id"].as<std::string>();
  status.user = UserId{row["user_id"].as<std::string>()};
  status.waiting = row["waiting"].as<std::size_t>();
  status.oldest_waiting_at = optional_instant_from(row["oldest"]);
  status.last_message_at = optional_instant_from(row["last_message_at"]);
  status.next_turn_at = optional_instant_from(row["next_turn_at"]);
  status.turn_id = optional_from<std::string>(row["turn_id"]);
  status.attempt = row["attempt"].as<int>();
  status.in_process = row["in_process"].as<bool>();
  status.taken_at = optional_instant_from(row["taken_at"]);
  return status;
}

std::vector<std::string> texts(const pqxx::result& rows) {
  std::vector<std::string> values;
  for (const auto& row : rows) values.push_back(row[0].as<std::string>());
  return values;
}

std::size_t flush_contact(Transaction& transaction, const LockedContact& contact, Instant now,
                          const InboundRules& rules) {
  const bool is_retrying = contact.turn_id && !contact.token;
  const auto flushed = transaction
                           .run1(sql::flush_contact, contact.user.value, format_instant(now),
                                 is_retrying ? contact.turn_id : std::nullopt)[0]
                           .as<std::size_t>();
  if (!contact.token) arm_contact(transaction, contact.user, now, rules);
  return flushed;
}

struct FlushedBatch {
  // The last of the contacts, in the order of shards and users.
  struct Place {
    int shard = -1;
    UserId user;
  };
  FlushCounts counts;
  std::size_t examined = 0;
  Place last;
};

FlushedBatch flush_batch(Transaction& transaction, const FlushedBatch::Place& after, Instant now,
                         const InboundRules& rules) {
  FlushedBatch batch;
  batch.last = after;
  for (const auto& row :
       transaction.run(sql::read_contacts_with_next_turn, after.shard, after.user.value, kFlushBatch)) {
    const int shard = row["shard"].as<int>();
    const UserId user{row["user_id"].as<std::string>()};
    const auto contact = lock_contact(transaction, user);
    const std::size_t flushed = contact ? flush_contact(transaction, *contact, now, rules) : 0;
    batch.counts.contacts += flushed > 0 ? 1 : 0;
    batch.counts.messages += flushed;
    batch.examined += 1;
    if (shard >= batch.last.shard) batch.last = {shard, user};
  }
  add_to_counters(transaction, batch.last.user,
                  {.flushed = static_cast<std::int64_t>(batch.counts.messages)});
  return batch;
}

}  // namespace

CoordinatorStats ContactStore::stats(Instant now) {
  return in_transaction(database_, [&](Transaction& transaction) {
    const auto row = transaction.run1(sql::read_coordinator_stats, format_instant(now));
    const auto number = [&](const char* name) { return row[name].as<std::int64_t>(0); };
    CoordinatorStats stats;
    stats.since = instant_from(row["since"]);
    stats.received = number("received");
    stats.duplicates = number("duplicates");
    stats.dropped = number("dropped");
    stats.flushed = number("flushed");
    stats.processed = number("processed");
    stats.failed = number("failed");
    stats.turns = number("turns");
    stats.failed_turns = number("failed_turns");
    stats.errors = number("errors");
    stats.timeouts = number("timeouts");
    stats.processing_ms = number("processing_ms");
    stats.contacts_in_process = static_cast<std::size_t>(number("in_process"));
    stats.contacts_waiting = static_cast<std::size_t>(number("contacts_waiting"));
    stats.messages_waiting = static_cast<std::size_t>(number("messages_waiting"));
    stats.received_last_minute = static_cast<std::size_t>(number("last_minute"));
    return stats;
  });
}

std::vector<ContactStatus> ContactStore::busiest(std::size_t limit) {
  return in_transaction(database_, [&](Transaction& transaction) {
    std::vector<ContactStatus> contacts;
    for (const auto& row : transaction.run(sql::read_busiest_contacts, limit))
      contacts.push_back(status_from(row));
    return contacts;
  });
}

std::optional<ContactStatus> ContactStore::find(const std::string& contact_id) {
  const auto user = find_user_of_contact(database_, contact_id);
  if (!user) return std::nullopt;
  return in_transaction(database_, [&](Transaction& transaction) -> std::optional<ContactStatus> {
    const auto rows = transaction.run(sql::find_contact_status, user->value);
    if (rows.empty()) return std::nullopt;
    return status_from(rows[0]);
  });
}

std::optional<std::size_t> ContactStore::flush(const std::string& contact_id, Instant now) {
  const auto user = find_user_of_contact(database_, contact_id);
  if (!user) return std::nullopt;
  return in_transaction(
      database_, kContactTxSettings, [&](Transaction& transaction) -> std::optional<std::size_t> {
        const auto contact = lock_contact(transaction, *user);
        if (!contact) return std::nullopt;
        const std::size_t flushed = flush_contact(transaction, *contact, now, rules_);
        log_actions(transaction,
                    {{"flushed", contact->user, {{"contact_id", contact->contact_id}}, {{"count", flushed}}}},
                    now);
        add_to_counters(transaction, *user, {.flushed = static_cast<std::int64_t>(flushed)});
        return flushed;
      });
}

FlushCounts ContactStore::flush_all(Instant now) {
  FlushCounts all;
  FlushedBatch batch;
  do {
    batch = in_transaction(database_, kContactTxSettings, [&](Transaction& transaction) {
      return flush_batch(transaction, batch.last, now, rules_);
    });
    all.contacts += batch.counts.contacts;
    all.messages += batch.counts.messages;
  } while (batch.examined == kFlushBatch);
  in_transaction(database_, [&](Transaction& transaction) {
    const nlohmann::json output = {{"contacts", all.contacts}, {"count", all.messages}};
    log_actions(transaction, {{"emergency_flushed", UserId{"*"}, nlohmann::json::object(), output}}, now);
  });
  return all;
}

std::optional<std::size_t> ContactStore::unlock(const std::string& contact_id, Instant now) {
  const auto user = find_user_of_contact(database_, contact_id);
  if (!user) return std::nullopt;
  return in_transaction(database_, kContactTxSettings,
                        [&](Transaction& transaction) -> std::optional<std::size_t> {
                          const auto contact = lock_contact(transaction, *user);
                          if (!contact) return std::nullopt;
                          TurnRows rows(transaction, rules_, ids_, now);
                          const bool unlocked = rows.unlock(*contact);
                          rows.finish();
                          return unlocked ? 1 : 0;
                        });
}

std::size_t ContactStore::unlock_all(Instant now) {
  return in_transaction(database_, kContactTxSettings, [&](Transaction& transaction) {
    TurnRows rows(transaction, rules_, ids_, now);
    std::size_t unlocked = 0;
    for (const auto& user : texts(transaction.run(sql::read_contacts_in_process))) {
      const auto contact = lock_contact(transaction, UserId{user});
      if (contact && rows.unlock(*contact)) ++unlocked;
    }
    rows.finish();
    return unlocked;
  });
}

}  // namespace orchestrator::storage
