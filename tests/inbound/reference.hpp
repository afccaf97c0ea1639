// What the coordinator has to do, written down a second time and without a database: the oracle of the model
// test. It knows the contract, not the implementation.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"

namespace orchestrator::inbound_model {

struct Said {
  std::string id;  // of the gateway
  std::string text;
  Instant at;
};

struct OpenTurn {
  std::vector<std::string> messages;  // gateway ids
  std::string id;
  std::string token;
  int attempt = 1;
  bool in_process = true;
  Instant until;  // the lease's end; when it waits to be tried again, that instant
};

struct Person {
  std::deque<Said> waiting;
  std::vector<Said> accepted;                  // ever, in order
  std::map<std::string, std::string> outcome;  // gateway id → done, failed, dropped, flushed
  std::optional<OpenTurn> turn;
  std::optional<Instant> due;                            // for a new turn
  std::vector<std::pair<std::string, Instant>> replies;  // that must be in `messages`
};

class Reference {
 public:
  static constexpr std::size_t kMaxWaiting = 8;
  static constexpr std::size_t kMaxInProcess = 4;
  static constexpr Duration kLease = std::chrono::seconds{30};

  enum class Hearing { accepted, duplicate };
  Hearing hear(const std::string& contact, const std::string& id, const std::string& text, Instant now);

  // Leases that have run out end. Then, who may have a turn now.
  void expire(Instant now);
  std::vector<std::string> due(Instant now) const;
  std::size_t in_process() const;

  // The messages that the contact's turn must hold, which then is in process.
  std::vector<std::string> take(const std::string& contact, const std::string& id, const std::string& token,
                                Instant now);
  int attempt_of(const std::string& contact) const { return people_.at(contact).turn->attempt; }

  // Whether the answer counts.
  bool answer(const std::string& contact, const std::string& token, const std::string& response, bool success,
              Instant now);
  bool renew(const std::string& contact, const std::string& token, Instant now);
  bool unlock(const std::string& contact, Instant now);
  std::size_t flush(const std::string& contact, Instant now);

  const std::map<std::string, Person>& people() const { return people_; }

 private:
  void end_turn(Person& person, const std::string& outcome, Instant now);
  void fail_try(Person& person, Instant now);
  static std::optional<Instant> due_of(const Person& person, Instant now);

  std::map<std::string, Person> people_;
};

}  // namespace orchestrator::inbound_model
