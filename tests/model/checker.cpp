#include "model/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace orchestrator::model {

namespace {

using namespace std::chrono_literals;

// As many as a pass reads in any case; of longer lines it may have to pass again to see the rest.
constexpr std::size_t kWholeQueue = 9;

bool is_pass(PassRun pass) { return pass == PassRun::express || pass == PassRun::full; }

Entry entry_of(const std::vector<Message>& parts) {
  SimulatedUser unit;
  for (const Message& part : parts) unit.waiting.emplace(part.id, part);
  return queue_of(unit).front();
}

bool has_low(const SimulatedUser& user) {
  return std::ranges::any_of(user.waiting,
                             [](const auto& waiting) { return waiting.second.priority == Priority::low; });
}

bool has_expiring(const SimulatedUser& user) {
  return std::ranges::any_of(user.waiting,
                             [](const auto& waiting) { return waiting.second.expires_at.has_value(); });
}

// A long queue is truncated: unread messages behind one that waits for the LLM wait as well.
bool is_hidden_by_answer(const SimulatedUser& user) {
  const auto is_awaiting = [](const auto& waiting) { return !waiting.second.awaiting.empty(); };
  return user.waiting.size() >= kWholeQueue && std::ranges::any_of(user.waiting, is_awaiting);
}

}  // namespace

Checker::Checker(const Expectation& expectation, std::vector<SimulatedUser>& users)
    : expectation_(expectation), users_(users) {
  for (SimulatedUser& user : users_) by_id_[user.id] = &user;
}

void Checker::violated(const SimulatedUser& user, Instant now, const std::string& what) {
  if (!violation_.empty()) return;
  violation_ = fmt::format("{} at {}: {}\nhistory of the user:\n", user.id, format_instant(now), what);
  for (const std::string& entry : user.history) violation_ += "  " + entry + "\n";
  violation_ +=
      "next_attempt_at: " + (user.next_attempt_at ? format_instant(*user.next_attempt_at) : "never") +
      "\nstill waiting:\n";
  for (const auto& [id, message] : user.waiting) violation_ += "  " + text_of(message) + "\n";
}

void Checker::check(const Observed& observed, PassRun pass, Instant now) {
  std::set<const SimulatedUser*> moved;
  for (const StatusChange& change : observed.changes) {
    SimulatedUser& user = *by_id_.at(change.user);
    check_change(user, change, pass, now);
    moved.insert(&user);
  }
  Sends sends;
  for (const SentRow& row : observed.sent) sends[row.user].push_back(row);
  for (const auto& [user, rows] : sends) check_sends(*by_id_.at(user), rows, now);
  for (SimulatedUser& user : users_) {
    const bool is_due = user.next_attempt_at && *user.next_attempt_at <= now;
    user.next_attempt_at = observed.next_attempts.at(user.id);
    if (pass != PassRun::none) check_pass(user, pass, moved.contains(&user), now);
    if (pass == PassRun::full && is_due) check_next_attempt(user, now);
  }
}

void Checker::check_change(SimulatedUser& user, const StatusChange& change, PassRun pass, Instant now) {
  const auto found = user.waiting.find(change.id);
  if (found == user.waiting.end()) {
    // The model knows its own writes already.
    const auto ended = user.ended.find(change.id);
    const bool is_own = !is_pass(pass) && ended != user.ended.end() && ended->second.status == change.status;
    if (!is_own) violated(user, now, change.id + " is moved again, to " + change.status);
    return;
  }
  if (change.status == "queued" || change.status == "approved") {
    return check_llm_step(user, found->second, change, pass, now);
  }
  user.note(now, fmt::format("{} {} {}", change.status, change.id, change.reason));
  const std::string problem = problem_with(user, found->second, change, pass, now);
  Message message = found->second;
  message.status = change.status;
  message.reason = change.reason;
  user.waiting.erase(found);
  user.ended.emplace(message.id, message);
  user.changed();
  if (!problem.empty()) violated(user, now, message.id + problem);
}

// The LLM is asked about the message, or has answered.
void Checker::check_llm_step(SimulatedUser& user, Message& message, const StatusChange& change, PassRun pass,
                             Instant now) {
  const bool is_asked = message.awaiting.empty() && !change.awaiting.empty();
  const bool is_answered = !message.awaiting.empty() && change.awaiting.empty();
  if (is_asked) {
    user.note(now, "asked (" + change.awaiting + ") about " + message.id);
    const std::string problem = problem_with_question(user, message, pass, now);
    const std::string question = expectation_.question_about(message, user);
    message.awaiting = change.awaiting;
    if (!problem.empty()) violated(user, now, message.id + problem);
    if (question != change.awaiting) violated(user, now, message.id + " needs another question: " + question);
  } else if (is_answered) {
    user.note(now, "approved " + message.id);
    if (is_pass(pass)) violated(user, now, message.id + " is approved by a pass");
    if (message.awaiting == "rendering") message.has_content = true;
    if (message.awaiting == "relevance") ++message.checks;
    message.context_as_of =
        std::max(message.context_as_of, user.last_inbound.value_or(message.context_as_of));
    message.awaiting.clear();
  }
  message.status = change.status;
  user.changed();
}

// Is only the answer of the LLM missing?
std::string Checker::problem_with_question(const SimulatedUser& user, const Message& message, PassRun pass,
                                           Instant now) const {
  if (!is_pass(pass)) return " is asked about without a pass";
  const std::string user_rule = expectation_.blocking_user_rule(user, now, Expectation::Count::certain);
  if (!user_rule.empty()) return " is asked about despite " + user_rule;
  for (const Entry& entry : queue_of(user)) {
    if (entry.head.id != message.id) continue;
    const std::string message_rule = expectation_.blocking_message_rule(entry, user, now);
    return message_rule.empty() ? "" : " is asked about despite " + message_rule;
  }
  return " is asked about, but not in the queue";
}

// May this message reach this final state now?
std::string Checker::problem_with(const SimulatedUser& user, const Message& message,
                                  const StatusChange& change, PassRun pass, Instant now) const {
  const auto was_asked = [&](const auto& other) {
    const bool is_part = other.second.id == message.id ||
                         (!message.sequence.empty() && other.second.sequence == message.sequence);
    return is_part && !other.second.awaiting.empty();
  };
  const bool is_asked =
      std::ranges::any_of(user.waiting, was_asked) || std::ranges::any_of(user.ended, was_asked);
  if (change.reason == "stale_context") return is_asked ? "" : " is stale, but the LLM was not asked";
  if (change.reason == "render_failed") {
    return message.awaiting == "rendering" ? "" : " is not rendered, but the LLM was not asked";
  }
  if (change.status == "superseded") {
    const bool is_replaced = std::ranges::any_of(user.waiting, [&](const auto& waiting) {
      return waiting.first != message.id && waiting.second.supersede_key == message.supersede_key;
    });
    return is_replaced && !message.supersede_key.empty() ? "" : " is superseded, but no message replaces it";
  }
  if (pass == PassRun::none) return " reached a final state without a pass";
  if (change.status == "sent") return "";
  if (pass == PassRun::post) return " reached a final state by a post";
  if (change.reason.empty()) return " has no reason";
  if (change.status == "expired") {
    const auto has_expired = [&](const auto& other) {
      const bool is_part = other.second.id == message.id ||
                           (!message.sequence.empty() && other.second.sequence == message.sequence);
      return is_part && other.second.expires_at && *other.second.expires_at <= now;
    };
    const bool is_right =
        std::ranges::any_of(user.waiting, has_expired) || std::ranges::any_of(user.ended, has_expired);
    return is_right ? "" : " expired too early";
  }
  if (change.status == "cancelled")
    return user.opted_out ? "" : " is cancelled, but the user has not opted out";
  if (change.status == "failed") {
    const bool is_sequence = !message.sequence.empty();
    if (!is_sequence && expectation_.can_ask()) return " failed, though it could be rendered";
    return message.has_content && !is_sequence ? " failed, though it has content" : "";
  }
  return " is " + change.status;
}

void Checker::check_sends(SimulatedUser& user, const std::vector<SentRow>& sent, Instant now) {
  std::vector<Message> unit;
  for (const SentRow& row : sent) {
    const auto found = user.ended.find(row.queue_id);
    if (found == user.ended.end() || found->second.status != "sent") {
      return violated(user, now, row.queue_id + " is sent, but its status is not");
    }
    if (row.at != now) return violated(user, now, row.queue_id + " is sent at another instant");
    unit.push_back(found->second);
  }
  std::string problem = problem_with(user, unit);
  if (problem.empty()) problem = problem_with(user, entry_of(unit), now);
  user.sends.push_back(now);
  user.changed();
  if (!problem.empty()) violated(user, now, unit.front().id + problem);
}

// One message, or one sequence from its first part to its last?
std::string Checker::problem_with(const SimulatedUser&, const std::vector<Message>& unit) const {
  for (std::size_t i = 0; i < unit.size(); ++i) {
    const Message& part = unit[i];
    if (part.sequence != unit.front().sequence) return " is sent together with another message";
    if (part.position != static_cast<int>(i) + 1) return " is sent in the wrong order, or in parts";
  }
  if (static_cast<int>(unit.size()) != unit.front().total) return " is sent in parts";
  return "";
}

// Does every rule pass, and is it the first sendable message?
std::string Checker::problem_with(const SimulatedUser& user, const Entry& sent, Instant now) const {
  if (!sent.head.has_content) return " has no content";
  if (!sent.head.awaiting.empty()) return " is sent before the LLM answered";
  if (!expectation_.question_about(sent.head, user).empty()) return " is sent without asking the LLM";
  const std::string user_rule = expectation_.blocking_user_rule(user, now, Expectation::Count::certain);
  if (!user_rule.empty()) return " is sent despite " + user_rule;
  const std::string message_rule = expectation_.blocking_message_rule(sent, user, now);
  if (!message_rule.empty()) return " is sent despite " + message_rule;

  const std::vector<Entry> rest = queue_of(user);
  if (expectation_.is_blocked_by_busy_queue(sent, rest, now)) return " is sent despite low_priority_busy";
  for (const Entry& other : rest) {
    const bool is_sendable = expectation_.blocking_message_rule(other, user, now).empty() &&
                             !expectation_.is_blocked_by_busy_queue(other, rest, now);
    if (is_sendable && expectation_.position(other, now) < expectation_.position(sent, now)) {
      return " is sent before " + other.head.id;
    }
  }
  return "";
}

void Checker::check_pass(SimulatedUser& user, PassRun pass, bool had_effect, Instant now) {
  if (has_low(user)) {
    const std::vector<Entry> queue = queue_of(user);
    // Low messages that become due meanwhile wait as long, so that they do not overtake the delayed ones.
    const auto is_delayed = [&](const Entry& entry) {
      return entry.head.scheduled_for <= now + 5min &&
             expectation_.is_blocked_by_busy_queue(entry, queue, now);
    };
    if (std::ranges::any_of(queue, is_delayed)) {
      user.low_lane_blocked_until = now + 5min;
      user.is_changed = true;
    }
  }
  if (had_effect || user.is_changed || (user.first_eligible && *user.first_eligible < now)) {
    user.first_eligible = expectation_.first_eligible(user, now);
    user.is_changed = false;
  }
  const std::string problem = problem_with_rest(user, pass, now);
  if (!problem.empty()) violated(user, now, problem);
}

// Is the next_attempt_at that the pass stored exact? It may be too early for busy queues, and if messages
// expire before.
void Checker::check_next_attempt(const SimulatedUser& user, Instant now) {
  const bool is_plain = user.waiting.size() <= kWholeQueue && !has_low(user) && !has_expiring(user) &&
                        user.zone_since == Instant::min() && !user.opted_out;
  if (!is_plain || user.next_attempt_at == user.first_eligible) return;
  violated(user, now,
           fmt::format("has next_attempt_at {}, but must have {}",
                       user.next_attempt_at ? format_instant(*user.next_attempt_at) : "never",
                       user.first_eligible ? format_instant(*user.first_eligible) : "no time"));
}

// Is the first sendable message an express one?
bool Checker::is_express_next(const SimulatedUser& user, Instant now) const {
  const std::vector<Entry> queue = queue_of(user);
  const Entry* next = nullptr;
  for (const Entry& entry : queue) {
    const bool is_sendable = expectation_.blocking_message_rule(entry, user, now).empty() &&
                             !expectation_.is_blocked_by_busy_queue(entry, queue, now);
    const bool is_first =
        next == nullptr || expectation_.position(entry, now) < expectation_.position(*next, now);
    if (is_sendable && is_first) next = &entry;
  }
  return next != nullptr && is_express(next->head.priority);
}

// Was every sendable message sent, and is next_attempt_at in time?
std::string Checker::problem_with_rest(const SimulatedUser& user, PassRun pass, Instant now) const {
  if (user.opted_out && pass == PassRun::full) {
    for (const Entry& entry : queue_of(user)) {
      const bool was_there = entry.head.written_at < user.opted_out_at;
      const bool is_left = was_there || entry.head.scheduled_for <= now;
      if (is_left) return "has opted out, but " + entry.head.id + " still waits";
    }
    return "";
  }
  std::set<std::string> keys;
  for (const auto& [id, message] : user.waiting) {
    const std::string& key = message.supersede_key;
    if (!key.empty() && !keys.insert(key).second)
      return id + " has the supersede key of another waiting message";
    if (is_pass(pass) && message.expires_at && *message.expires_at <= now)
      return id + " has expired, but still waits";
  }
  if (!user.first_eligible || is_hidden_by_answer(user)) return "";
  const std::string when = format_instant(*user.first_eligible);
  if (*user.first_eligible <= now) {
    if (pass == PassRun::full) return "has a sendable message, which was not sent";
    if (pass == PassRun::express && is_express_next(user, now))
      return "has a sendable express message, which was not sent";
  }
  if (!user.next_attempt_at) return "has a message to be sent at " + when + ", but no next_attempt_at";
  if (*user.next_attempt_at > *user.first_eligible) {
    return "has a message to be sent at " + when + ", but next_attempt_at is " +
           format_instant(*user.next_attempt_at);
  }
  return "";
}

}  // namespace orchestrator::model
