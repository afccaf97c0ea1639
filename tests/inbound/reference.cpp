#include "inbound/reference.hpp"

#include <algorithm>

namespace orchestrator::inbound_model {

using std::chrono::seconds;

bool Reference::receive(const std::string& contact, const std::string& id, const std::string& text,
                        Instant now) {
  ContactState& state = contacts_[contact];
  for (const ReceivedText& earlier : state.accepted) {
    if (earlier.id == id) return false;
    const auto outcome = state.outcome.find(earlier.id);
    const bool was_lost = outcome != state.outcome.end() && outcome->second != "done";
    if (earlier.text == text && now - earlier.at < seconds{10} && !was_lost) return false;
  }
  state.accepted.push_back({id, text, now});
  state.waiting.push_back({id, text, now});
  if (state.waiting.size() > kMaxWaiting) {
    state.outcome[state.waiting.front().id] = "dropped";
    state.waiting.pop_front();
  }
  if (!state.turn) state.due = due_of(state, now);
  return true;
}

std::optional<Instant> Reference::due_of(const ContactState& state, Instant now) {
  if (state.waiting.empty()) return std::nullopt;
  const std::size_t count = state.accepted.size();
  const bool is_burst = count >= 4 && now - state.accepted[count - 4].at < seconds{60};
  if (!is_burst || state.waiting.size() >= 5) return now;
  const Instant silence = state.waiting.back().at + seconds{2};
  const Instant limit = state.waiting.front().at + seconds{10};
  return std::max(now, std::min(silence, limit));
}

void Reference::fail_attempt(ContactState& state, Instant now) {
  if (state.turn->attempt >= 3) return end_turn(state, "failed", now);
  state.turn->in_process = false;
  state.turn->token.clear();
  state.turn->until = now + seconds{1 << (state.turn->attempt - 1)};
}

void Reference::end_turn(ContactState& state, const std::string& outcome, Instant now) {
  for (const std::string& id : state.turn->messages) state.outcome[id] = outcome;
  state.turn.reset();
  state.due = due_of(state, now);
}

void Reference::end_expired_leases(Instant now) {
  for (auto& [contact, state] : contacts_) {
    if (state.turn && state.turn->in_process && state.turn->until <= now) fail_attempt(state, now);
  }
}

std::vector<std::string> Reference::due_contacts(Instant now) const {
  std::vector<std::string> due;
  for (const auto& [contact, state] : contacts_) {
    const bool is_retry_due = state.turn && !state.turn->in_process && state.turn->until <= now;
    const bool is_new_due = !state.turn && state.due && *state.due <= now;
    if (is_retry_due || is_new_due) due.push_back(contact);
  }
  return due;
}

std::size_t Reference::in_process() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      contacts_, [](const auto& entry) { return entry.second.turn && entry.second.turn->in_process; }));
}

std::vector<std::string> Reference::claim(const std::string& contact, const std::string& id,
                                          const std::string& token, Instant now) {
  ContactState& state = contacts_.at(contact);
  if (state.turn) {
    ++state.turn->attempt;
  } else {
    state.turn.emplace();
    for (int i = 0; i < 5 && !state.waiting.empty(); ++i) {
      state.turn->messages.push_back(state.waiting.front().id);
      state.waiting.pop_front();
    }
    state.turn->id = id;
  }
  state.turn->token = token;
  state.turn->in_process = true;
  state.turn->until = now + kLease;
  return state.turn->messages;
}

bool Reference::answer(const std::string& contact, const std::string& token, const std::string& response,
                       bool success, Instant now) {
  ContactState& state = contacts_.at(contact);
  if (!state.turn || !state.turn->in_process || state.turn->token != token) return false;
  if (!success) {
    fail_attempt(state, now);
    return true;
  }
  end_turn(state, "done", now);
  const bool is_repeated = std::ranges::any_of(state.replies, [&](const auto& reply) {
    return reply.first == response && now - reply.second < seconds{30};
  });
  if (!response.empty() && !is_repeated) state.replies.emplace_back(response, now);
  return true;
}

bool Reference::renew(const std::string& contact, const std::string& token, Instant now) {
  ContactState& state = contacts_.at(contact);
  if (!state.turn || !state.turn->in_process || state.turn->token != token) return false;
  state.turn->until = now + kLease;
  return true;
}

bool Reference::unlock(const std::string& contact, Instant now) {
  ContactState& state = contacts_.at(contact);
  if (!state.turn || !state.turn->in_process) return false;
  state.turn->in_process = false;
  state.turn->token.clear();
  state.turn->until = now;
  return true;
}

std::size_t Reference::flush(const std::string& contact, Instant now) {
  ContactState& state = contacts_.at(contact);
  std::size_t flushed = state.waiting.size();
  for (const ReceivedText& message : state.waiting) state.outcome[message.id] = "flushed";
  state.waiting.clear();
  if (state.turn && !state.turn->in_process) {
    flushed += state.turn->messages.size();
    end_turn(state, "flushed", now);
  }
  if (!state.turn) state.due = due_of(state, now);
  return flushed;
}

}  // namespace orchestrator::inbound_model
