#include "storage/turn_store.hpp"

#include <algorithm>
#include <map>

#include "storage/coordinator_steps.hpp"
#include "storage/parameters.hpp"
#include "storage/turn_rows.hpp"

namespace orchestrator::storage {
namespace {

// So that a claim sees what the one before it has taken, and no two exceed what may be in process together.
constexpr const char* kOneClaimAtATime =
    "SELECT pg_advisory_xact_lock(hashtext('message-orchestrator claim'))";

// By the first alarm, from its index: who believes statistics of a busier hour would look for one in the
// whole table.
constexpr const char* kAnyDue = R"sql(
SELECT coalesce(min(next_turn_at) <= $1::timestamptz, false) FROM inbound_contacts)sql";

constexpr const char* kCountInProcess = "SELECT count(*) FROM inbound_contacts WHERE token IS NOT NULL";

constexpr const char* kLockDue = R"sql(
SELECT user_id FROM inbound_contacts
WHERE next_turn_at <= $1::timestamptz AND token IS NULL
ORDER BY next_turn_at LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED)sql";

// What is read after the locks is newer than they are.
constexpr const char* kReadDue = R"sql(
SELECT contact.user_id, contact.contact_id, contact.turn_id, coalesce(turn.attempt, 0) AS attempts,
       EXISTS (SELECT FROM inbound_queue AS waiting
               WHERE waiting.user_id = contact.user_id AND waiting.status = 'waiting') AS has_waiting
FROM unnest($1::text[]) AS locked (user_id)
JOIN inbound_contacts AS contact USING (user_id)
LEFT JOIN inbound_turns AS turn ON turn.id = contact.turn_id AND turn.user_id = contact.user_id)sql";

constexpr const char* kDisarm = R"sql(
UPDATE inbound_contacts SET next_turn_at = NULL WHERE user_id = $1)sql";

constexpr const char* kTake = R"sql(
WITH taking AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS taking (
    user_id text, contact_id text, turn_id uuid, token uuid, attempt integer, is_new boolean)
), turn AS (
  INSERT INTO inbound_turns AS turn (id, user_id, contact_id, attempt, token, lease_until, created_at, taken_at)
  SELECT turn_id, user_id, contact_id, attempt, token, $3::timestamptz, $2::timestamptz, $2::timestamptz FROM taking
  ON CONFLICT (id, user_id) DO UPDATE
  SET status = 'processing', attempt = excluded.attempt, token = excluded.token,
      lease_until = excluded.lease_until, taken_at = excluded.taken_at
), picked AS (
  SELECT head.id, taking.user_id, taking.turn_id
  FROM taking CROSS JOIN LATERAL (
    SELECT id FROM inbound_queue
    WHERE user_id = taking.user_id AND status = 'waiting' ORDER BY position LIMIT $4
  ) AS head
  WHERE taking.is_new
), moved AS (
  UPDATE inbound_queue AS queue SET status = 'processing', turn_id = picked.turn_id
  FROM picked WHERE queue.id = picked.id AND queue.user_id = picked.user_id
)
UPDATE inbound_contacts AS contact
SET turn_id = taking.turn_id, token = taking.token, next_turn_at = $3::timestamptz
FROM taking WHERE contact.user_id = taking.user_id)sql";

constexpr const char* kReadMessages = R"sql(
SELECT queue.turn_id, queue.message_id, queue.provider_message_id, message.content, queue.message_type,
       micros(coalesce(queue.written_at, queue.received_at)) AS written_at, queue.metadata
FROM unnest($1::uuid[]) AS taken (turn_id)
JOIN inbound_queue AS queue ON queue.turn_id = taken.turn_id
JOIN messages AS message ON message.id = queue.message_id AND message.user_id = queue.user_id
ORDER BY queue.turn_id, queue.position)sql";

constexpr const char* kFindTurn = R"sql(
SELECT user_id FROM inbound_turns WHERE id = $1::uuid)sql";

constexpr const char* kReadTurn = R"sql(
SELECT status, token, reply_message_id FROM inbound_turns WHERE id = $1::uuid AND user_id = $2)sql";

constexpr const char* kRenew = R"sql(
WITH renewed AS (
  UPDATE inbound_contacts AS contact SET next_turn_at = $3::timestamptz
  FROM inbound_turns AS turn
  WHERE turn.id = $1::uuid AND contact.user_id = turn.user_id
    AND contact.turn_id = turn.id AND contact.token = $2::uuid
  RETURNING contact.user_id
)
UPDATE inbound_turns AS turn SET lease_until = $3::timestamptz
FROM renewed WHERE turn.id = $1::uuid AND turn.user_id = renewed.user_id)sql";

constexpr const char* kNextAlarm = R"sql(
SELECT micros(next_turn_at) FROM inbound_contacts
WHERE next_turn_at IS NOT NULL ORDER BY next_turn_at LIMIT 1)sql";

constexpr std::size_t kRecoveredAtOnce = 1000;

class Claiming {
 public:
  Claiming(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids, Instant now)
      : transaction_(transaction), rules_(rules), ids_(ids), now_(now) {}

  std::vector<Turn> run(std::size_t limit) {
    const std::string now = format_instant(now_);
    if (!transaction_.run1(kAnyDue, now)[0].as<bool>()) return {};
    transaction_.exec(kOneClaimAtATime);
    TurnRows rows(transaction_, rules_, ids_, now_);
    const std::size_t recovered = rows.recover_expired(kRecoveredAtOnce);
    take_due(limit);
    if (recovered > 0) rows.finish();
    return std::move(turns_);
  }

 private:
  void take_due(std::size_t limit) {
    const auto in_process = transaction_.run1(kCountInProcess)[0].as<std::size_t>();
    const std::size_t room = rules_.max_in_process - std::min(rules_.max_in_process, in_process);
    const auto users = lock_due(std::min(limit, room));
    if (!users.empty()) open_turns(users);
    if (!turns_.empty()) take();
  }

  std::vector<std::string> lock_due(std::size_t limit) {
    std::vector<std::string> users;
    if (limit == 0) return users;
    for (const auto& row : transaction_.run(kLockDue, format_instant(now_), limit)) {
      users.push_back(row[0].as<std::string>());
    }
    return users;
  }

  void open_turns(const std::vector<std::string>& users) {
    for (const auto& row : transaction_.run(kReadDue, text_array(users))) {
      const auto open = optional_from<std::string>(row["turn_id"]);
      Turn turn;
      turn.user = UserId{row["user_id"].as<std::string>()};
      if (!open && !row["has_waiting"].as<bool>()) {  // somebody has emptied the line by hand
        transaction_.run(kDisarm, turn.user.value);
        continue;
      }
      turn.id = open ? *open : ids_.next(now_).value;
      turn.token = ids_.next(now_).value;
      turn.contact_id = row["contact_id"].as<std::string>();
      turn.attempt = row["attempts"].as<int>() + 1;
      turn.lease_until = now_ + rules_.lease;
      add_row(turn, !open);
      turns_.push_back(std::move(turn));
    }
  }

  void add_row(const Turn& turn, bool is_new) {
    rows_.begin_row();
    rows_.text("user_id", turn.user.value);
    rows_.text("contact_id", turn.contact_id);
    rows_.text("turn_id", turn.id);
    rows_.text("token", turn.token);
    rows_.number("attempt", turn.attempt);
    rows_.boolean("is_new", is_new);
  }

  void take() {
    transaction_.run(kTake, rows_.take(), format_instant(now_), format_instant(turns_.front().lease_until),
                     rules_.max_batch);
    std::vector<std::string> ids;
    std::map<std::string, Turn*> by_id;
    for (Turn& turn : turns_) {
      ids.push_back(turn.id);
      by_id[turn.id] = &turn;
    }
    for (const auto& row : transaction_.run(kReadMessages, text_array(ids))) {
      by_id.at(row["turn_id"].as<std::string>())
          ->messages.push_back({MessageId{row["message_id"].as<std::string>()},
                                optional_from<std::string>(row["provider_message_id"]),
                                row["content"].as<std::string>(), row["message_type"].as<std::string>(),
                                instant_from(row["written_at"]), row["metadata"].as<std::string>()});
    }
    log_actions(transaction_, taken(), now_);
  }

  std::vector<CoordinatorAction> taken() const {
    std::vector<CoordinatorAction> actions;
    for (const Turn& turn : turns_) {
      auto messages = nlohmann::json::array();
      for (const auto& message : turn.messages) messages.push_back(message.id.value);
      actions.push_back({"turn_taken",
                         turn.user,
                         {{"contact_id", turn.contact_id},
                          {"turn_id", turn.id},
                          {"attempt", turn.attempt},
                          {"messages", std::move(messages)}}});
    }
    return actions;
  }

  Transaction& transaction_;
  const InboundRules& rules_;
  UuidV7Source& ids_;
  const Instant now_;
  JsonRows rows_;
  std::vector<Turn> turns_;
};

std::optional<UserId> user_of(Transaction& transaction, const std::string& turn_id) {
  const auto rows = transaction.run(kFindTurn, turn_id);
  if (rows.empty()) return std::nullopt;
  return UserId{rows[0][0].as<std::string>()};
}

// The answer to a try that is over, given once more, was recorded: its sender did not hear of it.
TurnResult repeated(Transaction& transaction, const std::string& turn_id, const UserId& user,
                    const std::string& token, const AgentAnswer& answer) {
  const auto turn = transaction.run1(kReadTurn, turn_id, user.value);
  if (turn["token"].is_null() || turn["token"].as<std::string>() != token) return {TurnOutcome::stale};
  const auto status = turn["status"].as<std::string>();
  if (!answer.success && status == "retrying") return {TurnOutcome::retrying};
  if (!answer.success && status == "failed") return {TurnOutcome::failed};
  if (!answer.success || status != "done") return {TurnOutcome::stale};
  TurnResult finished{TurnOutcome::done};
  if (!turn["reply_message_id"].is_null())
    finished.reply = MessageId{turn["reply_message_id"].as<std::string>()};
  return finished;
}

}  // namespace

std::vector<Turn> claim_turns(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
                              std::size_t limit, Instant now) {
  return Claiming(transaction, rules, ids, now).run(limit);
}

TurnResult finish_turn(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
                       const std::string& turn_id, const std::string& token, const AgentAnswer& answer,
                       Instant now) {
  const auto user = user_of(transaction, turn_id);
  if (!user) return {TurnOutcome::unknown};
  const auto contact = lock_contact(transaction, *user);
  if (!contact || contact->turn_id != turn_id || contact->token != token)
    return repeated(transaction, turn_id, *user, token, answer);
  TurnRows rows(transaction, rules, ids, now);
  const TurnResult finished =
      answer.success ? rows.complete(*contact, answer) : rows.fail(*contact, answer.error, "turn_retried");
  rows.finish();
  return finished;
}

std::vector<Turn> TurnStore::claim(std::size_t limit, Instant now) {
  return in_transaction(database_, kWaitForContact, [&](Transaction& transaction) {
    return claim_turns(transaction, rules_, ids_, limit, now);
  });
}

TurnResult TurnStore::finish(const std::string& turn_id, const std::string& token, const AgentAnswer& answer,
                             Instant now) {
  return in_transaction(database_, kWaitForContact, [&](Transaction& transaction) {
    return finish_turn(transaction, rules_, ids_, turn_id, token, answer, now);
  });
}

std::optional<Instant> TurnStore::renew(const std::string& turn_id, const std::string& token, Instant now) {
  return in_transaction(database_, kWaitForContact, [&](Transaction& transaction) -> std::optional<Instant> {
    const Instant until = now + rules_.lease;
    if (transaction.run(kRenew, turn_id, token, format_instant(until)).affected_rows() == 0)
      return std::nullopt;
    return until;
  });
}

void TurnStore::give_back(const std::string& turn_id, const std::string& token, Instant now) {
  in_transaction(database_, kWaitForContact, [&](Transaction& transaction) {
    const auto user = user_of(transaction, turn_id);
    const auto contact = user ? lock_contact(transaction, *user) : std::nullopt;
    if (!contact || contact->turn_id != turn_id || contact->token != token) return;
    TurnRows rows(transaction, rules_, ids_, now);
    rows.give_back(*contact);
    rows.finish();
  });
}

bool TurnStore::exists(const std::string& turn_id) {
  return in_transaction(database_,
                        [&](Transaction& transaction) { return user_of(transaction, turn_id).has_value(); });
}

std::size_t TurnStore::recover_expired(Instant now) {
  return in_transaction(database_, kWaitForContact, [&](Transaction& transaction) {
    TurnRows rows(transaction, rules_, ids_, now);
    const std::size_t recovered = rows.recover_expired(kRecoveredAtOnce);
    if (recovered > 0) rows.finish();
    return recovered;
  });
}

std::optional<Instant> TurnStore::next_alarm() {
  return in_transaction(database_, [&](Transaction& transaction) -> std::optional<Instant> {
    const auto rows = transaction.run(kNextAlarm);
    if (rows.empty()) return std::nullopt;
    return instant_from(rows[0][0]);
  });
}

}  // namespace orchestrator::storage
