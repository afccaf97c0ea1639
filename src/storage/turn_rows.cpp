#include "storage/turn_rows.hpp"

#include <algorithm>

#include "storage/sql.hpp"

namespace orchestrator::storage {
namespace {

// How the log calls a try whose lease ran out and that is followed by another; of the last one, its failure
// says so.
constexpr const char* kRecovered = "turn_recovered";

// An agent's error is for a glance, not for keeping its stack traces by the megabyte.
constexpr std::size_t kMaxErrorBytes = 2000;

std::string cut(const std::string& text) {
  std::size_t end = std::min(text.size(), kMaxErrorBytes);
  const auto is_inside_character = [&] { return (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U; };
  while (end > 0 && end < text.size() && is_inside_character()) --end;
  return text.substr(0, end);
}

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

std::int64_t milliseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

TurnResult TurnRows::complete(const Contact& contact, const AgentAnswer& answer) {
  const auto took_ms = std::max<std::int64_t>(0, milliseconds(now_ - state_of(contact).taken_at));
  counts_.turns += 1;
  counts_.processing_ms += took_ms;
  counts_.processed += close(contact, "done", std::nullopt);
  TurnResult finished{TurnOutcome::done};
  const std::string role = answer.agent.substr(0, answer.agent.find('_'));
  if (!is_blank(answer.response)) reply(contact, role.empty() ? "agent" : role, answer.response, finished);
  const auto said = finished.reply ? nlohmann::json(finished.reply->value) : nlohmann::json();
  note("turn_done", contact, {{"reply", said}, {"repeated", finished.reply_is_repeated}}, {}, took_ms);
  return finished;
}

TurnResult TurnRows::fail(const Contact& contact, const std::string& why, const std::string& action) {
  const std::string error = cut(why);
  const State state = state_of(contact);
  const auto took_ms = std::max<std::int64_t>(0, milliseconds(now_ - state.taken_at));
  counts_.errors += 1;
  if (state.attempt < rules_.max_attempts) {
    const Instant again_at = now_ + rules_.retry_delay(state.attempt);
    transaction_.run(sql::retry_turn, *contact.turn_id, contact.user.value, error, format_instant(again_at),
                     0);
    note(action, contact, {{"attempt", state.attempt}, {"again_at", format_instant(again_at)}}, error,
         took_ms);
    return {TurnOutcome::retrying};
  }
  counts_.failed_turns += 1;
  counts_.failed += close(contact, "failed", error);
  TurnResult finished{TurnOutcome::failed};
  if (!rules_.fallback_text.empty()) reply(contact, "orchestrator", rules_.fallback_text, finished);
  nlohmann::json output = {{"attempt", state.attempt}};
  if (action == kRecovered) output["recovered"] = true;
  note("turn_failed", contact, std::move(output), error, took_ms);
  return finished;
}

std::size_t TurnRows::recover_expired(std::size_t limit) {
  std::size_t recovered = 0;
  for (const auto& row : transaction_.run(sql::lock_expired_turns, format_instant(now_), limit)) {
    const Contact contact{UserId{row["user_id"].as<std::string>()}, row["contact_id"].as<std::string>(),
                          row["turn_id"].as<std::string>(), row["token"].as<std::string>()};
    counts_.timeouts += 1;
    fail(contact, "no answer before the lease ran out", kRecovered);
    ++recovered;
  }
  return recovered;
}

bool TurnRows::unlock(const Contact& contact) {
  if (!contact.token) return false;
  transaction_.run(sql::retry_turn, *contact.turn_id, contact.user.value, "unlocked by hand",
                   format_instant(now_), 0);
  note("unlocked", contact, nlohmann::json::object());
  return true;
}

void TurnRows::give_back(const Contact& contact) {
  transaction_.run(sql::retry_turn, *contact.turn_id, contact.user.value, "cut short", format_instant(now_),
                   1);
  note("turn_given_back", contact, nlohmann::json::object());
}

void TurnRows::finish() {
  log_actions(transaction_, actions_, now_);
  add_to_counters(transaction_, counts_);
}

TurnRows::State TurnRows::state_of(const Contact& contact) {
  const auto row = transaction_.run1(sql::read_turn_attempt, *contact.turn_id, contact.user.value);
  return {row["attempt"].as<int>(), instant_from(row["taken_at"])};
}

// The contact is free for its next turn. Returns how many messages the turn had.
std::int64_t TurnRows::close(const Contact& contact, const char* status,
                             const std::optional<std::string>& error) {
  const std::string now = format_instant(now_);
  transaction_.run(sql::close_turn, *contact.turn_id, contact.user.value, status, error, now);
  const auto closed =
      transaction_.run(sql::close_turn_messages, *contact.turn_id, contact.user.value, status, now);
  arm_for_next_turn(transaction_, contact.user, now_, rules_);
  return static_cast<std::int64_t>(closed.affected_rows());
}

void TurnRows::reply(const Contact& contact, const std::string& role, const std::string& text,
                     TurnResult& finished) {
  const std::string& user = contact.user.value;
  if (transaction_.run1(sql::has_user_opted_out, user)[0].as<bool>()) {
    finished.reply_is_withheld = true;
    return;
  }
  const auto earlier =
      transaction_.run(sql::find_recent_reply, user, text, format_instant(now_ - rules_.reply_window));
  finished.reply_is_repeated = !earlier.empty();
  finished.reply = finished.reply_is_repeated ? MessageId{earlier[0][0].as<std::string>()}
                                              : say(transaction_, contact.user,
                                                    {Saying::Purpose::reply, role, text}, now_, rules_, ids_);
  transaction_.run(sql::store_turn_reply, *contact.turn_id, user, finished.reply->value, text,
                   !finished.reply_is_repeated);
}

void TurnRows::note(const std::string& action, const Contact& contact, nlohmann::json output,
                    std::optional<std::string> error, std::optional<std::int64_t> latency_ms) {
  actions_.push_back({action,
                      contact.user,
                      {{"contact_id", contact.contact_id}, {"turn_id", *contact.turn_id}},
                      std::move(output),
                      std::move(error),
                      latency_ms});
}

}  // namespace orchestrator::storage
