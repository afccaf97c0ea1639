#include "storage/turn_store.hpp"

#include <algorithm>
#include <map>

#include "storage/coordinator_steps.hpp"
#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/turn_rows.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {
namespace {

constexpr std::size_t kRecoveryBatch = 1000;

// One claim of due turns, in one transaction.
class TurnClaim {
 public:
  TurnClaim(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
            const std::optional<UserId>& shard_of, Instant now)
      : transaction_(transaction), rules_(rules), ids_(ids), shard_of_(shard_of), now_(now) {}

  std::vector<Turn> run(std::size_t limit) {
    const std::string now = format_instant(now_);
    if (!transaction_.run1(sql::is_any_turn_due, now)[0].as<bool>()) return {};
    transaction_.exec(sql::serialize_turn_claims);
    TurnRows rows(transaction_, rules_, ids_, now_);
    const std::size_t recovered = rows.recover_expired(kRecoveryBatch);
    claim_due(limit);
    if (recovered > 0) rows.finish();
    return std::move(turns_);
  }

 private:
  void claim_due(std::size_t limit) {
    const auto in_process = transaction_.run1(sql::count_contacts_in_process)[0].as<std::size_t>();
    const std::size_t room = rules_.max_in_process - std::min(rules_.max_in_process, in_process);
    const auto users = lock_due(std::min(limit, room));
    if (!users.empty()) open_turns(users);
    if (!turns_.empty()) store_turns();
  }

  std::vector<std::string> lock_due(std::size_t limit) {
    std::vector<std::string> users;
    if (limit == 0) return users;
    const auto shard_of = shard_of_ ? std::optional(shard_of_->value) : std::nullopt;
    for (const auto& row : transaction_.run(sql::lock_due_contacts, format_instant(now_), limit, shard_of)) {
      users.push_back(row[0].as<std::string>());
    }
    return users;
  }

  void open_turns(const std::vector<std::string>& users) {
    for (const auto& row : transaction_.run(sql::read_due_contacts, text_array(users))) {
      const auto open_turn = optional_from<std::string>(row["turn_id"]);
      Turn turn;
      turn.user = UserId{row["user_id"].as<std::string>()};
      if (!open_turn && !row["has_waiting"].as<bool>()) {  // the queue was emptied by SQL
        transaction_.run(sql::clear_next_turn, turn.user.value);
        continue;
      }
      turn.id = open_turn ? *open_turn : ids_.next(now_, turn.user).value;
      turn.token = ids_.next_token(now_);
      turn.contact_id = row["contact_id"].as<std::string>();
      turn.attempt = row["attempts"].as<int>() + 1;
      turn.lease_until = now_ + rules_.lease;
      add_row(turn, !open_turn);
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

  void store_turns() {
    transaction_.run(sql::take_turns, rows_.take(), format_instant(now_),
                     format_instant(turns_.front().lease_until), rules_.max_batch);
    std::vector<std::string> ids;
    std::vector<std::string> users;
    std::map<std::string, Turn*> by_id;
    for (Turn& turn : turns_) {
      ids.push_back(turn.id);
      users.push_back(turn.user.value);
      by_id[turn.id] = &turn;
    }
    for (const auto& row : transaction_.run(sql::read_turn_messages, text_array(ids), text_array(users))) {
      by_id.at(row["turn_id"].as<std::string>())
          ->messages.push_back({MessageId{row["message_id"].as<std::string>()},
                                optional_from<std::string>(row["provider_message_id"]),
                                row["content"].as<std::string>(), row["message_type"].as<std::string>(),
                                instant_from(row["written_at"]), row["metadata"].as<std::string>()});
    }
    log_actions(transaction_, log_entries(), now_);
  }

  std::vector<CoordinatorAction> log_entries() const {
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
  const std::optional<UserId>& shard_of_;
  const Instant now_;
  JsonRows rows_;
  std::vector<Turn> turns_;
};

std::optional<UserId> user_of(Transaction& transaction, const std::string& turn_id) {
  const auto rows = transaction.run(sql::find_user_of_turn, turn_id);
  if (rows.empty()) return std::nullopt;
  return UserId{rows[0][0].as<std::string>()};
}

// The result of an answer to an attempt that has ended. If the same answer was recorded before, its sender
// did not receive the result, and gets it now.
TurnResult repeated_answer(Transaction& transaction, const std::string& turn_id, const UserId& user,
                           const std::string& token, const AgentAnswer& answer) {
  const auto turn = transaction.run1(sql::read_turn, turn_id, user.value);
  if (turn["token"].is_null() || turn["token"].as<std::string>() != token) return {TurnOutcome::stale};
  const auto status = turn["status"].as<std::string>();
  if (!answer.success && status == "retrying") return {TurnOutcome::retrying};
  if (!answer.success && status == "failed") return {TurnOutcome::failed};
  if (!answer.success || status != "done") return {TurnOutcome::stale};
  TurnResult result{TurnOutcome::done};
  if (!turn["reply_message_id"].is_null())
    result.reply = MessageId{turn["reply_message_id"].as<std::string>()};
  return result;
}

}  // namespace

std::vector<Turn> claim_turns(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
                              std::size_t limit, Instant now, const std::optional<UserId>& shard_of) {
  return TurnClaim(transaction, rules, ids, shard_of, now).run(limit);
}

TurnResult finish_turn(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
                       const std::string& turn_id, const std::string& token, const AgentAnswer& answer,
                       Instant now) {
  const auto user = user_of(transaction, turn_id);
  if (!user) return {TurnOutcome::unknown};
  const auto contact = lock_contact(transaction, *user);
  if (!contact || contact->turn_id != turn_id || contact->token != token)
    return repeated_answer(transaction, turn_id, *user, token, answer);
  TurnRows rows(transaction, rules, ids, now);
  const TurnResult result =
      answer.success ? rows.complete(*contact, answer) : rows.fail(*contact, answer.error, "turn_retried");
  rows.finish();
  return result;
}

std::vector<Turn> TurnStore::claim(std::size_t limit, Instant now) {
  return in_transaction(database_, kContactTxSettings, [&](Transaction& transaction) {
    return claim_turns(transaction, rules_, ids_, limit, now);
  });
}

TurnResult TurnStore::finish(const std::string& turn_id, const std::string& token, const AgentAnswer& answer,
                             Instant now) {
  return in_transaction(database_, kContactTxSettings, [&](Transaction& transaction) {
    return finish_turn(transaction, rules_, ids_, turn_id, token, answer, now);
  });
}

std::optional<Instant> TurnStore::renew(const std::string& turn_id, const std::string& token, Instant now) {
  return in_transaction(
      database_, kContactTxSettings, [&](Transaction& transaction) -> std::optional<Instant> {
        const Instant until = now + rules_.lease;
        if (transaction.run(sql::renew_turn_lease, turn_id, token, format_instant(until)).affected_rows() ==
            0)
          return std::nullopt;
        return until;
      });
}

void TurnStore::release(const std::string& turn_id, const std::string& token, Instant now) {
  in_transaction(database_, kContactTxSettings, [&](Transaction& transaction) {
    const auto user = user_of(transaction, turn_id);
    const auto contact = user ? lock_contact(transaction, *user) : std::nullopt;
    if (!contact || contact->turn_id != turn_id || contact->token != token) return;
    TurnRows rows(transaction, rules_, ids_, now);
    rows.release(*contact);
    rows.finish();
  });
}

bool TurnStore::exists(const std::string& turn_id) {
  return in_transaction(database_,
                        [&](Transaction& transaction) { return user_of(transaction, turn_id).has_value(); });
}

std::size_t TurnStore::recover_expired(Instant now) {
  return in_transaction(database_, kContactTxSettings, [&](Transaction& transaction) {
    TurnRows rows(transaction, rules_, ids_, now);
    const std::size_t recovered = rows.recover_expired(kRecoveryBatch);
    if (recovered > 0) rows.finish();
    return recovered;
  });
}

std::optional<Instant> TurnStore::next_turn_at() {
  return in_transaction(database_, [&](Transaction& transaction) -> std::optional<Instant> {
    return optional_instant_from(transaction.run1(sql::read_next_turn_at)[0]);
  });
}

}  // namespace orchestrator::storage
