// Checks inbound messages: each belongs to one turn, in order, one turn of a person at a time, one reply a
// turn.
#include <algorithm>
#include <map>

#include "chaos/checker.hpp"

namespace orchestrator::chaos {
namespace {

// The instants of a turn are those at which its statements were sent: they may then have waited for a
// connection or a lock, while those of another transaction, sent later, ran.
constexpr std::chrono::seconds kStatementDelay{1};

class InboundCheck {
 public:
  InboundCheck(const Evidence& evidence, Violations& violations)
      : evidence_(evidence), violations_(violations) {
    for (const InboundRow& row : evidence.tables.inbound) rows_[row.user + " " + row.text].push_back(&row);
    for (const TurnRow& turn : evidence.tables.turns) turns_[turn.id] = &turn;
  }

  void run() {
    for (const InboundPost& said : evidence_.history.inbound) examine(said);
    examine_order();
    examine_turns();
    examine_tries();
    examine_replies();
  }

 private:
  void report(Invariant invariant, std::string what) { violations_.push_back({invariant, std::move(what)}); }

  void examine(const InboundPost& said) {
    const std::string name = "\"" + said.text + "\" that " + said.user + " wrote";
    const auto& rows = rows_[said.user + " " + said.text];
    if (rows.size() > 1) report(Invariant::promoted_once, name + " is stored twice");
    if (rows.empty()) {
      if (said.exchange.is_acknowledged()) report(Invariant::nothing_lost, name);
      return;
    }
    const InboundRow& row = *rows.front();
    if (said.exchange.is_acknowledged() && said.id != row.message_id)
      report(Invariant::nothing_lost, name + ", under its id");
    if (!has_ended(row)) report(Invariant::nothing_lost, name + " is " + row.status);
  }

  bool has_ended(const InboundRow& row) {
    if (row.status == "flushed") {
      return std::ranges::any_of(evidence_.history.flushes, [&](const Flush& flush) {
        return flush.user.empty() || flush.user == row.user;
      });
    }
    const auto turn = turns_.find(row.turn_id);
    if (turn == turns_.end())
      return row.status == "done" && row.text == "STOP";  // an opt-out is handled without a turn
    return row.status == turn->second->status && (row.status == "done" || !turn->second->error.empty());
  }

  // A message acknowledged before another was posted precedes it in the queue and is not in a later turn.
  void examine_order() {
    std::map<std::string, std::vector<const InboundPost*>> by_person;
    for (const InboundPost& said : evidence_.history.inbound) {
      if (said.exchange.is_acknowledged()) by_person[said.user].push_back(&said);
    }
    for (const auto& [user, all] : by_person) {
      for (std::size_t i = 1; i < all.size(); ++i) {
        const auto& earlier = rows_[user + " " + all[i - 1]->text];
        const auto& later = rows_[user + " " + all[i]->text];
        const bool is_ordered = *all[i - 1]->exchange.answered_at < all[i]->exchange.at;
        if (earlier.empty() || later.empty() || !is_ordered) continue;
        examine_pair(*earlier.front(), *later.front());
      }
    }
  }

  void examine_pair(const InboundRow& earlier, const InboundRow& later) {
    const auto first = turns_.find(earlier.turn_id);
    const auto second = turns_.find(later.turn_id);
    const bool have_turns = first != turns_.end() && second != turns_.end();
    const bool turns_are_ordered = !have_turns || first->second->created_at <= second->second->created_at;
    if (earlier.position < later.position && turns_are_ordered) return;
    report(Invariant::order_kept, later.user + ": \"" + later.text + "\" before \"" + earlier.text + "\"");
  }

  void examine_turns() {
    std::map<std::string, std::vector<const TurnRow*>> by_person;
    for (const TurnRow& turn : evidence_.tables.turns) by_person[turn.user].push_back(&turn);
    for (auto& [user, turns] : by_person) {
      std::ranges::sort(turns, {}, [](const TurnRow* turn) { return std::pair(turn->created_at, turn->id); });
      for (std::size_t i = 1; i < turns.size(); ++i) {
        const auto& finished = turns[i - 1]->finished_at;
        if (finished && *finished <= turns[i]->created_at + kStatementDelay) continue;
        report(Invariant::order_kept,
               user + " had two turns at once: " + turns[i - 1]->id + ", " + turns[i]->id);
      }
    }
  }

  // Once a later turn of a person has been pushed, the agent never receives an earlier one again, except for
  // an attempt that was overtaken on its way.
  void examine_tries() {
    std::map<std::string, std::vector<std::string>> seen;
    for (const AgentAttempt& attempt : evidence_.agent_attempts) {
      auto& turns = seen[attempt.user];
      if (!turns.empty() && turns.back() == attempt.turn) continue;
      if (std::ranges::find(turns, attempt.turn) == turns.end()) {
        turns.push_back(attempt.turn);
      } else if (!is_overtaken(attempt)) {
        report(Invariant::order_kept,
               attempt.user + ": turn " + attempt.turn + " came again after the next one");
      }
    }
  }

  // The turn's lease expired, or an operator unlocked or flushed it: the agent's answer is refused.
  bool is_overtaken(const AgentAttempt& attempt) const {
    const auto turn = turns_.find(attempt.turn);
    return attempt.came_at >= attempt.lease_until || turn == turns_.end() ||
           turn->second->status == "flushed" || attempt.attempt < turn->second->attempt;
  }

  void examine_replies() {
    std::map<std::string, int> answered;
    for (const TurnRow& turn : evidence_.tables.turns) {
      if (turn.reply_id.empty()) continue;
      ++answered[turn.reply_id];
      if (turn.status != "done")
        report(Invariant::everything_explained, "turn " + turn.id + " has a reply and is " + turn.status);
    }
    for (const SentRow& row : evidence_.tables.sent) {
      if (row.purpose != "reply") continue;
      const auto times = answered.extract(row.id);
      if (times.empty())
        report(Invariant::promoted_once,
               "\"" + row.text + "\" answers no turn, or one that has another reply");
    }
    for (const auto& [reply, times] : answered) report(Invariant::nothing_lost, "the reply " + reply);
  }

  const Evidence& evidence_;
  Violations& violations_;
  std::map<std::string, std::vector<const InboundRow*>> rows_;
  std::map<std::string, const TurnRow*> turns_;
};

}  // namespace

void check_inbound(const Evidence& evidence, Violations& violations) {
  InboundCheck(evidence, violations).run();
}

}  // namespace orchestrator::chaos
