#include "model/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace orchestrator::model {

namespace {

using namespace std::chrono_literals;

// As many as a look reads in any case; of longer lines it may have to look again to see the rest.
constexpr std::size_t kShortLine = 9;

Entry entry_of(const std::vector<Message>& parts) {
  Life unit;
  for (const Message& part : parts) unit.waiting.emplace(part.id, part);
  return snapshot_of(unit).front();
}

bool has_low(const Life& life) {
  return std::ranges::any_of(life.waiting,
                             [](const auto& waiting) { return waiting.second.priority == Priority::low; });
}

bool has_expiring(const Life& life) {
  return std::ranges::any_of(life.waiting,
                             [](const auto& waiting) { return waiting.second.expires_at.has_value(); });
}

// Of a long line not all is read: what is unseen behind a message that waits for the LLM waits with it.
bool is_hidden_by_answer(const Life& life) {
  const auto is_awaiting = [](const auto& waiting) { return !waiting.second.awaiting.empty(); };
  return life.waiting.size() >= kShortLine && std::ranges::any_of(life.waiting, is_awaiting);
}

}  // namespace

Checker::Checker(const Expectation& expectation, std::vector<Life>& lives)
    : expectation_(expectation), lives_(lives) {
  for (Life& life : lives_) by_id_[life.id] = &life;
}

void Checker::violated(const Life& life, Instant now, const std::string& what) {
  if (!violation_.empty()) return;
  violation_ = fmt::format("{} at {}: {}\nits whole life:\n", life.id, format_instant(now), what);
  for (const std::string& line : life.history) violation_ += "  " + line + "\n";
  violation_ += "next look: " + (life.alarm ? format_instant(*life.alarm) : "never") + "\nstill waiting:\n";
  for (const auto& [id, message] : life.waiting) violation_ += "  " + text_of(message) + "\n";
}

void Checker::follow(const Observed& observed, Look look, Instant now) {
  std::set<const Life*> moved;
  for (const StatusChange& change : observed.changes) {
    Life& life = *by_id_.at(change.user);
    follow_change(life, change, look, now);
    moved.insert(&life);
  }
  Sends sends;
  for (const SentRow& row : observed.sent) sends[row.user].push_back(row);
  for (const auto& [user, rows] : sends) follow_sends(*by_id_.at(user), rows, now);
  for (Life& life : lives_) {
    const bool is_due = life.alarm && *life.alarm <= now;
    life.alarm = observed.alarms.at(life.id);
    if (look != Look::none) follow_look(life, look, moved.contains(&life), now);
    if (look == Look::full && is_due) follow_alarm(life, now);
  }
}

void Checker::follow_change(Life& life, const StatusChange& change, Look look, Instant now) {
  const auto found = life.waiting.find(change.id);
  if (found == life.waiting.end()) {
    // What the model wrote itself is known already.
    const auto ended = life.ended.find(change.id);
    const bool is_own =
        look == Look::none && ended != life.ended.end() && ended->second.status == change.status;
    if (!is_own) violated(life, now, change.id + " is moved again, to " + change.status);
    return;
  }
  if (change.status == "queued" || change.status == "approved") {
    return follow_inquiry(life, found->second, change, look, now);
  }
  life.note(now, fmt::format("{} {} {}", change.status, change.id, change.reason));
  const std::string objection = objection_to(life, found->second, change, look, now);
  Message message = found->second;
  message.status = change.status;
  message.reason = change.reason;
  life.waiting.erase(found);
  life.ended.emplace(message.id, message);
  life.changed();
  if (!objection.empty()) violated(life, now, message.id + objection);
}

// It goes to the LLM, or comes back with an answer.
void Checker::follow_inquiry(Life& life, Message& message, const StatusChange& change, Look look,
                             Instant now) {
  const bool is_asked = message.awaiting.empty() && !change.awaiting.empty();
  const bool is_answered = !message.awaiting.empty() && change.awaiting.empty();
  if (is_asked) {
    life.note(now, "asked (" + change.awaiting + ") about " + message.id);
    const std::string objection = objection_to_asking(life, message, look, now);
    const std::string question = expectation_.question_about(message, life);
    message.awaiting = change.awaiting;
    if (!objection.empty()) violated(life, now, message.id + objection);
    if (question != change.awaiting)
      violated(life, now, message.id + " raises another question: " + question);
  } else if (is_answered) {
    life.note(now, "approved " + message.id);
    if (look != Look::none) violated(life, now, message.id + " is approved by a look");
    if (message.awaiting == "rendering") message.has_content = true;
    if (message.awaiting == "relevance") ++message.checks;
    message.context_as_of =
        std::max(message.context_as_of, life.last_inbound.value_or(message.context_as_of));
    message.awaiting.clear();
  }
  message.status = change.status;
  life.changed();
}

// Could it go, but for the answer?
std::string Checker::objection_to_asking(const Life& life, const Message& message, Look look,
                                         Instant now) const {
  if (look == Look::none) return " is asked about without a look";
  const std::string by_person = expectation_.held_by_person(life, now, Expectation::Count::certain);
  if (!by_person.empty()) return " is asked about despite " + by_person;
  for (const Entry& entry : snapshot_of(life)) {
    if (entry.head.id != message.id) continue;
    const std::string by_itself = expectation_.held_by_itself(entry, life, now);
    return by_itself.empty() ? "" : " is asked about despite " + by_itself;
  }
  return " is asked about, and heads no line";
}

// May this message come to this end now?
std::string Checker::objection_to(const Life& life, const Message& message, const StatusChange& change,
                                  Look look, Instant now) const {
  const auto was_asked = [&](const auto& other) {
    const bool is_part = other.second.id == message.id ||
                         (!message.sequence.empty() && other.second.sequence == message.sequence);
    return is_part && !other.second.awaiting.empty();
  };
  const bool is_asked =
      std::ranges::any_of(life.waiting, was_asked) || std::ranges::any_of(life.ended, was_asked);
  if (change.reason == "stale_context") return is_asked ? "" : " is stale, and nobody was asked";
  if (change.reason == "render_failed") {
    return message.awaiting == "rendering" ? "" : " is not rendered, and nobody was asked";
  }
  if (change.status == "superseded") {
    const bool is_replaced = std::ranges::any_of(life.waiting, [&](const auto& waiting) {
      return waiting.first != message.id && waiting.second.supersede_key == message.supersede_key;
    });
    return is_replaced && !message.supersede_key.empty() ? "" : " is superseded by nothing";
  }
  if (look == Look::none) return " comes to an end without a look";
  if (change.status == "sent") return "";
  if (change.reason.empty()) return " ends without a reason";
  if (change.status == "expired") {
    const auto has_expired = [&](const auto& other) {
      const bool is_part = other.second.id == message.id ||
                           (!message.sequence.empty() && other.second.sequence == message.sequence);
      return is_part && other.second.expires_at && *other.second.expires_at <= now;
    };
    const bool is_right =
        std::ranges::any_of(life.waiting, has_expired) || std::ranges::any_of(life.ended, has_expired);
    return is_right ? "" : " is expired too early";
  }
  if (change.status == "cancelled") return life.opted_out ? "" : " is cancelled, and nobody asked for it";
  if (change.status == "failed") {
    const bool is_sequence = !message.sequence.empty();
    if (!is_sequence && expectation_.can_ask()) return " failed, though it could be rendered";
    return message.has_content && !is_sequence ? " failed, though it has content" : "";
  }
  return " is " + change.status;
}

void Checker::follow_sends(Life& life, const std::vector<SentRow>& sent, Instant now) {
  std::vector<Message> unit;
  for (const SentRow& row : sent) {
    const auto found = life.ended.find(row.queue_id);
    if (found == life.ended.end() || found->second.status != "sent") {
      return violated(life, now, row.queue_id + " is sent, but not said to be");
    }
    if (row.at != now) return violated(life, now, row.queue_id + " is sent at another instant");
    unit.push_back(found->second);
  }
  std::string objection = objection_to(life, unit);
  if (objection.empty()) objection = objection_to(life, entry_of(unit), now);
  life.sends.push_back(now);
  life.changed();
  if (!objection.empty()) violated(life, now, unit.front().id + objection);
}

// One message, or one sequence from its first part to its last?
std::string Checker::objection_to(const Life&, const std::vector<Message>& unit) const {
  for (std::size_t i = 0; i < unit.size(); ++i) {
    const Message& part = unit[i];
    if (part.sequence != unit.front().sequence) return " goes together with something else";
    if (part.position != static_cast<int>(i) + 1) return " goes in the wrong order, or in parts";
  }
  if (static_cast<int>(unit.size()) != unit.front().total) return " goes in parts";
  return "";
}

// Does every rule allow it, and is it the first in line?
std::string Checker::objection_to(const Life& life, const Entry& gone, Instant now) const {
  if (!gone.head.has_content) return " says nothing";
  if (!gone.head.awaiting.empty()) return " is sent without an answer";
  if (!expectation_.question_about(gone.head, life).empty()) return " is sent unasked";
  const std::string by_person = expectation_.held_by_person(life, now, Expectation::Count::certain);
  if (!by_person.empty()) return " is sent despite " + by_person;
  const std::string by_itself = expectation_.held_by_itself(gone, life, now);
  if (!by_itself.empty()) return " is sent despite " + by_itself;

  const std::vector<Entry> rest = snapshot_of(life);
  if (expectation_.gives_way(gone, rest, now)) return " is sent despite low_priority_busy";
  for (const Entry& other : rest) {
    const bool could_go =
        expectation_.held_by_itself(other, life, now).empty() && !expectation_.gives_way(other, rest, now);
    if (could_go && expectation_.place(other, now) < expectation_.place(gone, now)) {
      return " is sent before " + other.head.id;
    }
  }
  return "";
}

void Checker::follow_look(Life& life, Look look, bool did_something, Instant now) {
  if (has_low(life)) {
    const std::vector<Entry> line = snapshot_of(life);
    // What becomes due meanwhile waits as long, or it would go before those that were put off.
    const auto is_put_off = [&](const Entry& entry) {
      return entry.head.scheduled_for <= now + 5min && expectation_.gives_way(entry, line, now);
    };
    if (std::ranges::any_of(line, is_put_off)) {
      life.low_lane_held_until = now + 5min;
      life.is_changed = true;
    }
  }
  if (did_something || life.is_changed || (life.first_eligible && *life.first_eligible < now)) {
    life.first_eligible = expectation_.first_eligible(life, now);
    life.is_changed = false;
  }
  const std::string objection = objection_to_rest(life, look, now);
  if (!objection.empty()) violated(life, now, objection);
}

// Is the alarm of somebody who was looked at just now exact? Looks at busy queues and at messages that come
// to nothing before may well be too early.
void Checker::follow_alarm(const Life& life, Instant now) {
  const bool is_plain = life.waiting.size() <= kShortLine && !has_low(life) && !has_expiring(life) &&
                        life.zone_since == Instant::min() && !life.opted_out;
  if (!is_plain || life.alarm == life.first_eligible) return;
  violated(life, now,
           fmt::format("is next looked at {}, but must be at {}",
                       life.alarm ? format_instant(*life.alarm) : "never",
                       life.first_eligible ? format_instant(*life.first_eligible) : "no time"));
}

// Is the first in line of those that could go one that does not wait for a full pass?
bool Checker::is_express_next(const Life& life, Instant now) const {
  const std::vector<Entry> line = snapshot_of(life);
  const Entry* next = nullptr;
  for (const Entry& entry : line) {
    const bool could_go =
        expectation_.held_by_itself(entry, life, now).empty() && !expectation_.gives_way(entry, line, now);
    const bool is_first = next == nullptr || expectation_.place(entry, now) < expectation_.place(*next, now);
    if (could_go && is_first) next = &entry;
  }
  return next != nullptr && is_express(next->head.priority);
}

// Was everything done that could be, and will the next look come in time?
std::string Checker::objection_to_rest(const Life& life, Look look, Instant now) const {
  if (life.opted_out && look == Look::full) {
    for (const Entry& entry : snapshot_of(life)) {
      const bool was_there = entry.head.written_at < life.opted_out_at;
      const bool is_left = was_there || entry.head.scheduled_for <= now;
      if (is_left) return "has opted out, and " + entry.head.id + " still waits";
    }
    return "";
  }
  std::set<std::string> keys;
  for (const auto& [id, message] : life.waiting) {
    const std::string& key = message.supersede_key;
    if (!key.empty() && !keys.insert(key).second) return id + " should have been superseded, or supersede";
    if (message.expires_at && *message.expires_at <= now) return id + " has expired, and still waits";
  }
  if (!life.first_eligible || is_hidden_by_answer(life)) return "";
  const std::string when = format_instant(*life.first_eligible);
  if (*life.first_eligible <= now) {
    if (look == Look::full) return "could be written to now, and is not";
    if (is_express_next(life, now)) return "could be written to now, urgently, and is not";
  }
  if (!life.alarm) return "must be written to at " + when + ", and nobody will look";
  if (*life.alarm > *life.first_eligible) {
    return "must be written to at " + when + ", and nobody will look before " + format_instant(*life.alarm);
  }
  return "";
}

}  // namespace orchestrator::model
