// Compares what the database shows with what the contract promises, look by look. It knows the lives, the
// calendar and the rules as the model wrote them down; of the program it sees rows only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/expectation.hpp"
#include "model/life.hpp"

namespace orchestrator::model {

// A row of message_queue got another status, or went to the LLM or came back, in the order of writing.
struct StatusChange {
  std::string user;
  std::string id;
  std::string status;
  std::string reason;
  std::string awaiting;  // what the LLM is asked about it; "" for nothing
};

// A row of messages that appeared, in the order of its id.
struct SentRow {
  std::string user;
  std::string queue_id;
  Instant at;
};

// What a look left behind.
struct Observed {
  std::vector<StatusChange> changes = {};
  std::vector<SentRow> sent = {};
  std::map<std::string, std::optional<Instant>> alarms = {};  // next_attempt_at by user
};

enum class Look { none, express, full };

class Checker {
 public:
  Checker(const Expectation& expectation, std::vector<Life>& lives);

  // Follows what happened up to `now`: since the last call nothing but writes of the model and, unless
  // `look` is none, one pass at `now`.
  void follow(const Observed& observed, Look look, Instant now);

  // The first promise that was broken, with the whole history of the life; "" while there is none.
  const std::string& violation() const { return violation_; }
  void violated(const Life& life, Instant now, const std::string& what);

 private:
  using Sends = std::map<std::string, std::vector<SentRow>>;

  void follow_change(Life& life, const StatusChange& change, Look look, Instant now);
  void follow_inquiry(Life& life, Message& message, const StatusChange& change, Look look, Instant now);
  std::string objection_to_asking(const Life& life, const Message& message, Look look, Instant now) const;
  std::string objection_to(const Life& life, const Message& message, const StatusChange& change, Look look,
                           Instant now) const;
  void follow_sends(Life& life, const std::vector<SentRow>& sent, Instant now);
  std::string objection_to(const Life& life, const std::vector<Message>& unit) const;
  std::string objection_to(const Life& life, const Entry& gone, Instant now) const;
  void follow_look(Life& life, Look look, bool did_something, Instant now);
  void follow_alarm(const Life& life, Instant now);
  bool is_express_next(const Life& life, Instant now) const;
  std::string objection_to_rest(const Life& life, Look look, Instant now) const;

  const Expectation& expectation_;
  std::vector<Life>& lives_;
  std::map<std::string, Life*> by_id_;
  std::string violation_;
};

}  // namespace orchestrator::model
