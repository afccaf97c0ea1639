// The oracle of the model test: the coordinator's contract, implemented a second time in memory.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"

namespace orchestrator::inbound_model {

struct ReceivedText {
  std::string id;  // assigned by the gateway
  std::string text;
  Instant at;
};

struct OpenTurn {
  std::vector<std::string> messages;  // gateway ids
  std::string id;
  std::string token;
  int attempt = 1;
  bool in_process = true;
  Instant until;  // the end of the lease; between attempts, when the next one is due
};

struct ContactState {
  std::deque<ReceivedText> waiting;
  std::vector<ReceivedText> accepted;          // all, in order
  std::map<std::string, std::string> outcome;  // gateway id → done, failed, dropped, flushed
  std::optional<OpenTurn> turn;
  std::optional<Instant> due;                            // when a new turn may start
  std::vector<std::pair<std::string, Instant>> replies;  // expected in `messages`
};

class Reference {
 public:
  static constexpr std::size_t kMaxWaiting = 8;
  static constexpr std::size_t kMaxInProcess = 4;
  static constexpr Duration kLease = std::chrono::seconds{30};

  // Whether the text is accepted; false: it is a duplicate.
  bool receive(const std::string& contact, const std::string& id, const std::string& text, Instant now);

  void end_expired_leases(Instant now);
  std::vector<std::string> due_contacts(Instant now) const;
  std::size_t in_process() const;

  // Starts the contact's turn or its next attempt; returns the gateway ids of its messages.
  std::vector<std::string> claim(const std::string& contact, const std::string& id, const std::string& token,
                                 Instant now);
  int attempt_of(const std::string& contact) const { return contacts_.at(contact).turn->attempt; }

  // These return false when no attempt is in process or the token is not that of the current one.
  bool answer(const std::string& contact, const std::string& token, const std::string& response, bool success,
              Instant now);
  bool renew(const std::string& contact, const std::string& token, Instant now);
  bool unlock(const std::string& contact, Instant now);
  std::size_t flush(const std::string& contact, Instant now);

  const std::map<std::string, ContactState>& contacts() const { return contacts_; }

 private:
  void end_turn(ContactState& state, const std::string& outcome, Instant now);
  void fail_attempt(ContactState& state, Instant now);
  static std::optional<Instant> due_of(const ContactState& state, Instant now);

  std::map<std::string, ContactState> contacts_;
};

}  // namespace orchestrator::inbound_model
