#include "storage/turn_rows.hpp"

#include <algorithm>

#include "storage/sql.hpp"
#include "storage/user_rows.hpp"
#include "text/ascii.hpp"
#include "text/utf8.hpp"

namespace orchestrator::storage {
namespace {

// The log's action_type for an attempt whose lease expired and that another attempt follows. If it was the
// last one, the entry of its failure has `recovered`.
constexpr const char* kTurnRecovered = "turn_recovered";

// Keeps the beginning of an agent's error, not megabytes of stack traces.
constexpr std::size_t kMaxErrorBytes = 2000;

std::int64_t milliseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

LockedTurn turn_from(const pqxx::row& row) {
  LockedTurn turn;
  turn.contact.user = UserId{row["user_id"].as<std::string>()};
  turn.contact.contact_id = row["contact_id"].as<std::string>();
  turn.contact.turn_id = optional_from<std::string>(row["turn_id"]);
  turn.contact.token = optional_from<std::string>(row["token"]);
  turn.attempt = row["attempt"].as<int>();
  turn.taken_at = instant_from(row["taken_at"]);
  return turn;
}

TurnResult TurnRows::complete(const LockedTurn& turn, const AgentAnswer& answer) {
  const std::string role = answer.agent.substr(0, answer.agent.find('_'));
  TurnResult result{TurnOutcome::done};
  close(turn,
        {.status = "done",
         .error = std::nullopt,
         .role = role.empty() ? "agent" : role,
         .reply = text::trim(answer.response).empty() ? "" : answer.response,
         .action = "turn_done"},
        result);
  return result;
}

TurnResult TurnRows::fail(const LockedTurn& turn, const std::string& error, const std::string& action) {
  const std::string short_error{text::prefix_of(error, kMaxErrorBytes)};
  const LockedContact& contact = turn.contact;
  if (turn.attempt < rules_.max_attempts) {
    const std::string again_at = format_instant(now_ + rules_.retry_delay(turn.attempt));
    transaction_.run(sql::retry_turn, *contact.turn_id, contact.user.value, short_error, again_at, 0);
    counts_.errors += 1;
    counts_.timeouts += action == kTurnRecovered ? 1 : 0;
    log(action, contact, {{"attempt", turn.attempt}, {"again_at", again_at}}, short_error, took_ms(turn));
    return {TurnOutcome::retrying};
  }
  Ending ending{.status = "failed",
                .error = short_error,
                .role = "orchestrator",
                .reply = rules_.fallback_text,
                .action = "turn_failed",
                .output = {{"attempt", turn.attempt}}};
  if (action == kTurnRecovered) ending.output["recovered"] = true;
  TurnResult result{TurnOutcome::failed};
  close(turn, ending, result);
  return result;
}

std::size_t TurnRows::recover_expired(std::size_t limit) {
  const auto expired = transaction_.run(sql::lock_expired_turns, format_instant(now_), limit);
  for (const auto& row : expired) fail(turn_from(row), "no answer before the lease ran out", kTurnRecovered);
  return expired.size();
}

bool TurnRows::unlock(const LockedContact& contact) {
  if (!contact.token) return false;
  transaction_.run(sql::retry_turn, *contact.turn_id, contact.user.value, "unlocked by hand",
                   format_instant(now_), 0);
  log("unlocked", contact, nlohmann::json::object());
  return true;
}

void TurnRows::release(const LockedContact& contact) {
  transaction_.run(sql::retry_turn, *contact.turn_id, contact.user.value, "cut short", format_instant(now_),
                   1);
  log("turn_given_back", contact, nlohmann::json::object());
}

void TurnRows::finish() {
  if (actions_.empty()) return;
  log_actions(transaction_, actions_, now_);
  add_to_counters(transaction_, actions_.front().user, counts_);
}

// One statement, so that the contact's next turn can begin when it has run.
void TurnRows::close(const LockedTurn& turn, const Ending& ending, TurnResult& result) {
  const LockedContact& contact = turn.contact;
  std::optional<std::string> reply;
  std::optional<MessageId> reply_id;
  UserFacts counters;
  if (!ending.reply.empty()) {
    reply = ending.reply;
    reply_id = ids_.next(now_, contact.user);
    counters =
        rules_.count_send(now_, turn.facts ? *turn.facts : lock_facts_for_reply(transaction_, contact.user));
  }
  const StoredCounters counted(counters);
  const auto row = transaction_.run1(
      sql::close_turn, *contact.turn_id, contact.user.value, ending.status, ending.error,
      format_instant(now_), reply, reply_id ? std::optional(reply_id->value) : std::nullopt, ending.role,
      format_instant(now_ - rules_.reply_window), counted.date, counted.messages_sent,
      format_optional(counted.last_message_at), counted.recent_sends, rules_.max_batch, contact.contact_id,
      ending.action, ending.output.dump(), took_ms(turn), ending.output.contains("recovered"));
  result.reply_is_withheld = row["is_withheld"].as<bool>();
  result.reply_is_repeated = !row["earlier_id"].is_null();
  if (result.reply_is_repeated) result.reply = MessageId{row["earlier_id"].as<std::string>()};
  if (!result.reply_is_repeated && !result.reply_is_withheld) result.reply = reply_id;
}

std::int64_t TurnRows::took_ms(const LockedTurn& turn) const {
  return std::max<std::int64_t>(0, milliseconds(now_ - turn.taken_at));
}

void TurnRows::log(const std::string& action, const LockedContact& contact, nlohmann::json output,
                   std::optional<std::string> error, std::optional<std::int64_t> latency_ms) {
  actions_.push_back({action,
                      contact.user,
                      {{"contact_id", contact.contact_id}, {"turn_id", *contact.turn_id}},
                      std::move(output),
                      std::move(error),
                      latency_ms});
}

}  // namespace orchestrator::storage
