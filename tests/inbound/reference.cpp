#include "inbound/reference.hpp"

#include <algorithm>

namespace orchestrator::inbound_model {

using std::chrono::seconds;

Reference::Hearing Reference::hear(const std::string& contact, const std::string& id, const std::string& text,
                                   Instant now) {
  Person& person = people_[contact];
  for (const Said& said : person.accepted) {
    if (said.id == id) return Hearing::duplicate;
    const auto outcome = person.outcome.find(said.id);
    const bool was_lost = outcome != person.outcome.end() && outcome->second != "done";
    if (said.text == text && now - said.at < seconds{10} && !was_lost) return Hearing::duplicate;
  }
  person.accepted.push_back({id, text, now});
  person.waiting.push_back({id, text, now});
  if (person.waiting.size() > kMaxWaiting) {
    person.outcome[person.waiting.front().id] = "dropped";
    person.waiting.pop_front();
  }
  if (!person.turn) person.due = due_of(person, now);
  return Hearing::accepted;
}

std::optional<Instant> Reference::due_of(const Person& person, Instant now) {
  if (person.waiting.empty()) return std::nullopt;
  const std::size_t said = person.accepted.size();
  const bool burst = said >= 4 && now - person.accepted[said - 4].at < seconds{60};
  if (!burst || person.waiting.size() >= 5) return now;
  const Instant silence = person.waiting.back().at + seconds{2};
  const Instant patience = person.waiting.front().at + seconds{10};
  return std::max(now, std::min(silence, patience));
}

void Reference::fail_try(Person& person, Instant now) {
  if (person.turn->attempt >= 3) return end_turn(person, "failed", now);
  person.turn->in_process = false;
  person.turn->token.clear();
  person.turn->until = now + seconds{1 << (person.turn->attempt - 1)};
}

void Reference::end_turn(Person& person, const std::string& outcome, Instant now) {
  for (const std::string& id : person.turn->messages) person.outcome[id] = outcome;
  person.turn.reset();
  person.due = due_of(person, now);
}

void Reference::expire(Instant now) {
  for (auto& [contact, person] : people_) {
    if (person.turn && person.turn->in_process && person.turn->until <= now) fail_try(person, now);
  }
}

std::vector<std::string> Reference::due(Instant now) const {
  std::vector<std::string> contacts;
  for (const auto& [contact, person] : people_) {
    const bool again = person.turn && !person.turn->in_process && person.turn->until <= now;
    const bool anew = !person.turn && person.due && *person.due <= now;
    if (again || anew) contacts.push_back(contact);
  }
  return contacts;
}

std::size_t Reference::in_process() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      people_, [](const auto& entry) { return entry.second.turn && entry.second.turn->in_process; }));
}

std::vector<std::string> Reference::take(const std::string& contact, const std::string& id,
                                         const std::string& token, Instant now) {
  Person& person = people_.at(contact);
  if (person.turn) {
    ++person.turn->attempt;
  } else {
    person.turn.emplace();
    for (int i = 0; i < 5 && !person.waiting.empty(); ++i) {
      person.turn->messages.push_back(person.waiting.front().id);
      person.waiting.pop_front();
    }
    person.turn->id = id;
  }
  person.turn->token = token;
  person.turn->in_process = true;
  person.turn->until = now + kLease;
  return person.turn->messages;
}

bool Reference::answer(const std::string& contact, const std::string& token, const std::string& response,
                       bool success, Instant now) {
  Person& person = people_.at(contact);
  if (!person.turn || !person.turn->in_process || person.turn->token != token) return false;
  if (!success) {
    fail_try(person, now);
    return true;
  }
  end_turn(person, "done", now);
  const bool repeated = std::ranges::any_of(person.replies, [&](const auto& reply) {
    return reply.first == response && now - reply.second < seconds{30};
  });
  if (!response.empty() && !repeated) person.replies.emplace_back(response, now);
  return true;
}

bool Reference::renew(const std::string& contact, const std::string& token, Instant now) {
  Person& person = people_.at(contact);
  if (!person.turn || !person.turn->in_process || person.turn->token != token) return false;
  person.turn->until = now + kLease;
  return true;
}

bool Reference::unlock(const std::string& contact, Instant now) {
  Person& person = people_.at(contact);
  if (!person.turn || !person.turn->in_process) return false;
  person.turn->in_process = false;
  person.turn->token.clear();
  person.turn->until = now;
  return true;
}

std::size_t Reference::flush(const std::string& contact, Instant now) {
  Person& person = people_.at(contact);
  std::size_t flushed = person.waiting.size();
  for (const Said& said : person.waiting) person.outcome[said.id] = "flushed";
  person.waiting.clear();
  if (person.turn && !person.turn->in_process) {
    flushed += person.turn->messages.size();
    end_turn(person, "flushed", now);
  }
  if (!person.turn) person.due = due_of(person, now);
  return flushed;
}

}  // namespace orchestrator::inbound_model
