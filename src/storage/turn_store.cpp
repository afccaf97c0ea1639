#include "storage/turn_store.hpp"

#include "storage/coordinator_steps.hpp"
#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/turn_rows.hpp"
#include "storage/tx_settings.hpp"
#include "storage/user_rows.hpp"
#include "text/ascii.hpp"

namespace orchestrator::storage {
namespace {

constexpr std::size_t kRecoveryBatch = 1000;

// None: the turn does not exist. `with_reply`: also locks the budget row and reads the facts.
std::optional<LockedTurn> lock_turn(Transaction& transaction, const std::string& turn_id, bool with_reply) {
  const std::string& statement = with_reply ? sql::lock_turn_for_reply : sql::lock_turn;
  auto rows = transaction.run(statement, turn_id, std::optional<int>{});
  if (rows.empty()) {  // the id carries no shard, or that of another row
    const auto shard = transaction.run(sql::find_shard_of_turn, turn_id);
    if (shard.empty()) return std::nullopt;
    rows = transaction.run(statement, turn_id, shard[0][0].as<int>());
    if (rows.empty()) return std::nullopt;
  }
  LockedTurn turn = turn_from(rows[0]);
  if (with_reply) turn.facts = facts_from(rows[0]);
  return turn;
}

Turn::Message turn_message_from(const pqxx::row& row) {
  return {MessageId{row["message_id"].as<std::string>()},
          optional_from<std::string>(row["provider_message_id"]),
          row["content"].as<std::string>(),
          row["message_type"].as<std::string>(),
          instant_from(row["written_at"]),
          row["metadata"].as<std::string>()};
}

// The turns of claim_turns(): a row for each message, those of one turn adjacent.
std::vector<Turn> turns_from(const pqxx::result& rows, Instant lease_until) {
  std::vector<Turn> turns;
  for (const auto& row : rows) {
    const auto id = row["turn_id"].as<std::string>();
    if (turns.empty() || turns.back().id != id) {
      Turn& turn = turns.emplace_back();
      turn.id = id;
      turn.token = row["token"].as<std::string>();
      turn.contact_id = row["contact_id"].as<std::string>();
      turn.user = UserId{row["user_id"].as<std::string>()};
      turn.attempt = row["attempt"].as<int>();
      turn.lease_until = lease_until;
    }
    if (!row["message_id"].is_null()) turns.back().messages.push_back(turn_message_from(row));
  }
  return turns;
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

ClaimedTurns claim_turns(Transaction& transaction, const InboundRules& rules, const TurnClaim& claim,
                         Instant now) {
  const Instant lease_until = now + rules.lease;
  const auto only_shard_of = claim.only_shard_of ? std::optional(claim.only_shard_of->value) : std::nullopt;
  const auto rows =
      transaction.run(sql::claim_turns, claim.limit, rules.max_in_process, rules.max_batch, only_shard_of,
                      claim.ends_expired, format_instant(now), format_instant(lease_until));
  if (!rows.empty() && rows[0]["turn_id"].is_null()) return {.turns = {}, .must_end_expired = true};
  return {.turns = turns_from(rows, lease_until), .must_end_expired = false};
}

TurnResult finish_turn(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
                       const std::string& turn_id, const std::string& token, const AgentAnswer& answer,
                       Instant now) {
  const bool has_reply = answer.success && !text::trim(answer.response).empty();
  const auto turn = lock_turn(transaction, turn_id, has_reply);
  if (!turn) return {TurnOutcome::unknown};
  const LockedContact& contact = turn->contact;
  if (contact.turn_id != turn_id || contact.token != token)
    return repeated_answer(transaction, turn_id, contact.user, token, answer);
  TurnRows rows(transaction, rules, ids, now);
  const TurnResult result =
      answer.success ? rows.complete(*turn, answer) : rows.fail(*turn, answer.error, "turn_retried");
  rows.finish();
  return result;
}

std::vector<Turn> TurnStore::claim(std::size_t limit, Instant now) {
  const auto attempt = [&](bool ends_expired) {
    return in_transaction(database_, kContactTxSettings, [&](Transaction& transaction) {
      return claim_turns(transaction, rules_,
                         {.limit = limit, .ends_expired = ends_expired, .only_shard_of = {}}, now);
    });
  };
  ClaimedTurns claimed = attempt(false);
  if (claimed.must_end_expired) {
    recover_expired(now);
    claimed = attempt(true);
  }
  return std::move(claimed.turns);
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
    const auto turn = lock_turn(transaction, turn_id, false);
    if (!turn || turn->contact.turn_id != turn_id || turn->contact.token != token) return;
    TurnRows rows(transaction, rules_, ids_, now);
    rows.release(turn->contact);
    rows.finish();
  });
}

bool TurnStore::exists(const std::string& turn_id) {
  return in_single_read(
      database_, [&](SingleRead& reading) { return !reading.run(sql::find_shard_of_turn, turn_id).empty(); });
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
