// The model's record of one user: everything that was written, when, and the outcome. It uses no counters of
// the program.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "orchestrator/rules.hpp"

namespace orchestrator::model {

struct Settings {
  std::optional<std::string> zone = {};
  std::optional<TimeOfDay> quiet_start = {};
  std::optional<TimeOfDay> quiet_end = {};
  std::optional<bool> quiet_enabled = {};
  std::optional<int> hourly_limit = {};
  std::optional<int> daily_limit = {};
  std::optional<ResponsePattern> pattern = {};
};

// One row of message_queue.
struct Message {
  std::string id = {};
  Priority priority = Priority::medium;
  bool can_delay = true;
  bool has_content = true;
  Instant scheduled_for = {};
  std::optional<Instant> expires_at = {};
  std::string supersede_key = {};
  std::string sequence = {};
  int position = 1;
  int total = 1;
  Instant written_at = {};
  Instant created_at = {};
  bool requires_fresh_context = false;  // requires fresh context
  Instant context_as_of = {};           // the message takes into account what the user wrote until then
  int checks = 0;                       // by the LLM
  std::string awaiting = {};            // what the LLM is asked; "" for nothing
  std::string status = "queued";
  std::string reason = {};
};

// One element of the queue: a message, or a sequence, represented by its first part.
struct Entry {
  Message head = {};  // of a sequence: the earliest expires_at; content if all parts have it
  int parts = 1;
  bool is_complete() const { return parts == head.total && head.position == 1; }
};

struct SimulatedUser {
  std::string id = {};
  std::mt19937_64 random = {};
  Settings settings = {};
  Instant zone_since = Instant::min();
  bool opted_out = false;
  Instant opted_out_at = {};
  std::optional<Instant> last_inbound = {};
  std::vector<Instant> sends = {};                     // a sequence counts once
  std::map<std::string, Message> waiting = {};         // by id
  std::map<std::string, Message> ended = {};           // by id
  std::vector<Message> missing_parts = {};             // parts of sequences, to be inserted later
  std::optional<Instant> low_lane_blocked_until = {};  // by the last pass over a busy queue
  std::vector<std::string> history = {};

  // Cached between passes.
  bool is_changed = true;  // since `first_eligible` was computed
  std::optional<Instant> first_eligible = {};
  std::optional<Instant> next_attempt_at = {};  // as last read

  std::uint64_t below(std::uint64_t bound) { return random() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  void changed() { is_changed = true; }
  void note(Instant at, const std::string& what) { history.push_back(format_instant(at) + "  " + what); }
};

// All elements of the queue, complete or not, unordered.
std::vector<Entry> queue_of(const SimulatedUser& user);

// For the history in a violation.
std::string text_of(const Message& message);
std::string text_of(const Settings& settings);

}  // namespace orchestrator::model
