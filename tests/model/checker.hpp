// Compares the rows in the database with the Expectation after each pass. It knows the program by its rows
// only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/expectation.hpp"
#include "model/simulated_user.hpp"

namespace orchestrator::model {

// A change of message_queue.status or llm_work.question, in the order of writing.
struct StatusChange {
  std::string user;
  std::string id;
  std::string status;
  std::string reason;
  std::string awaiting;  // what the LLM is asked about it; "" for nothing
};

// A new row of `messages`, in the order of its id.
struct SentRow {
  std::string user;
  std::string queue_id;
  Instant at;
};

// The rows that changed since the last observation.
struct Observed {
  std::vector<StatusChange> changes = {};
  std::vector<SentRow> sent = {};
  std::map<std::string, std::optional<Instant>> next_attempts = {};  // next_attempt_at by user
};

// `post`: no pass; a message may have been promoted in the call that stored it.
enum class PassRun { none, post, express, full };

class Checker {
 public:
  Checker(const Expectation& expectation, std::vector<SimulatedUser>& users);

  // Checks the changes since the last call, and applies them to the users. Requires that only the model wrote
  // since then and that one pass ran, or messages were posted, at `now`.
  void check(const Observed& observed, PassRun pass, Instant now);

  // The first violation, with the history of the user; "" if there is none.
  const std::string& violation() const { return violation_; }
  void violated(const SimulatedUser& user, Instant now, const std::string& what);

 private:
  using Sends = std::map<std::string, std::vector<SentRow>>;

  void check_change(SimulatedUser& user, const StatusChange& change, PassRun pass, Instant now);
  void check_llm_step(SimulatedUser& user, Message& message, const StatusChange& change, PassRun pass,
                      Instant now);
  std::string problem_with_question(const SimulatedUser& user, const Message& message, PassRun pass,
                                    Instant now) const;
  std::string problem_with(const SimulatedUser& user, const Message& message, const StatusChange& change,
                           PassRun pass, Instant now) const;
  void check_sends(SimulatedUser& user, const std::vector<SentRow>& sent, Instant now);
  std::string problem_with(const SimulatedUser& user, const std::vector<Message>& unit) const;
  std::string problem_with(const SimulatedUser& user, const Entry& sent, Instant now) const;
  void check_pass(SimulatedUser& user, PassRun pass, bool did_something, Instant now);
  void check_next_attempt(const SimulatedUser& user, Instant now);
  bool is_express_next(const SimulatedUser& user, Instant now) const;
  std::string problem_with_rest(const SimulatedUser& user, PassRun pass, Instant now) const;

  const Expectation& expectation_;
  std::vector<SimulatedUser>& users_;
  std::map<std::string, SimulatedUser*> by_id_;
  std::string violation_;
};

}  // namespace orchestrator::model
