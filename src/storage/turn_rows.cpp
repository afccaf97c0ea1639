#include "storage/turn_rows.hpp"

#include <algorithm>

#include "storage/sql.hpp"
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

TurnResult TurnRows::complete(const LockedContact& contact, const AgentAnswer& answer) {
  const auto took_ms = std::max<std::int64_t>(0, milliseconds(now_ - attempt_of(contact).taken_at));
  counts_.turns += 1;
  counts_.processing_ms += took_ms;
  counts_.processed += close(contact, "done", std::nullopt);
  TurnResult result{TurnOutcome::done};
  const std::string role = answer.agent.substr(0, answer.agent.find('_'));
  if (!text::trim(answer.response).empty()) {
    reply(contact, role.empty() ? "agent" : role, answer.response, result);
  }
  const auto reply_id = result.reply ? nlohmann::json(result.reply->value) : nlohmann::json();
  log("turn_done", contact, {{"reply", reply_id}, {"repeated", result.reply_is_repeated}}, {}, took_ms);
  return result;
}

TurnResult TurnRows::fail(const LockedContact& contact, const std::string& error, const std::string& action) {
  const std::string short_error{text::prefix_of(error, kMaxErrorBytes)};
  const Attempt attempt = attempt_of(contact);
  const auto took_ms = std::max<std::int64_t>(0, milliseconds(now_ - attempt.taken_at));
  counts_.errors += 1;
  if (attempt.number < rules_.max_attempts) {
    const std::string again_at = format_instant(now_ + rules_.retry_delay(attempt.number));
    transaction_.run(sql::retry_turn, *contact.turn_id, contact.user.value, short_error, again_at, 0);
    log(action, contact, {{"attempt", attempt.number}, {"again_at", again_at}}, short_error, took_ms);
    return {TurnOutcome::retrying};
  }
  counts_.failed_turns += 1;
  counts_.failed += close(contact, "failed", short_error);
  TurnResult result{TurnOutcome::failed};
  if (!rules_.fallback_text.empty()) reply(contact, "orchestrator", rules_.fallback_text, result);
  nlohmann::json output = {{"attempt", attempt.number}};
  if (action == kTurnRecovered) output["recovered"] = true;
  log("turn_failed", contact, std::move(output), short_error, took_ms);
  return result;
}

std::size_t TurnRows::recover_expired(std::size_t limit) {
  std::size_t recovered = 0;
  for (const auto& row : transaction_.run(sql::lock_expired_turns, format_instant(now_), limit)) {
    const LockedContact contact{UserId{row["user_id"].as<std::string>()}, row["contact_id"].as<std::string>(),
                                row["turn_id"].as<std::string>(), row["token"].as<std::string>()};
    counts_.timeouts += 1;
    fail(contact, "no answer before the lease ran out", kTurnRecovered);
    ++recovered;
  }
  return recovered;
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

TurnRows::Attempt TurnRows::attempt_of(const LockedContact& contact) {
  const auto row = transaction_.run1(sql::read_turn_attempt, *contact.turn_id, contact.user.value);
  return {row["attempt"].as<int>(), instant_from(row["taken_at"])};
}

// Ends the turn, so that the contact's next one can begin. Returns the number of its messages.
std::int64_t TurnRows::close(const LockedContact& contact, const char* status,
                             const std::optional<std::string>& error) {
  const std::string now = format_instant(now_);
  transaction_.run(sql::close_turn, *contact.turn_id, contact.user.value, status, error, now);
  const auto closed =
      transaction_.run(sql::close_turn_messages, *contact.turn_id, contact.user.value, status, now);
  arm_contact(transaction_, contact.user, now_, rules_);
  return static_cast<std::int64_t>(closed.affected_rows());
}

void TurnRows::reply(const LockedContact& contact, const std::string& role, const std::string& text,
                     TurnResult& result) {
  const std::string& user = contact.user.value;
  if (transaction_.run1(sql::has_user_opted_out, user)[0].as<bool>()) {
    result.reply_is_withheld = true;
    return;
  }
  const auto earlier =
      transaction_.run(sql::find_recent_reply, user, text, format_instant(now_ - rules_.reply_window));
  result.reply_is_repeated = !earlier.empty();
  result.reply =
      result.reply_is_repeated
          ? MessageId{earlier[0][0].as<std::string>()}
          : insert_reply(transaction_, contact.user, {Reply::Purpose::reply, role, text}, now_, rules_, ids_);
  transaction_.run(sql::store_turn_reply, *contact.turn_id, user, result.reply->value, text,
                   !result.reply_is_repeated);
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
