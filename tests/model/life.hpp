// What the model itself remembers of one person: everything that was written, when, and what came of it.
// Nothing of it is read back from the program's counters.
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
  bool is_fresh_only = false;  // requires fresh context
  Instant context_as_of = {};  // what the person wrote until then is taken into account
  int checks = 0;              // by the LLM
  std::string awaiting = {};   // what it is asked; "" when it is not with the LLM
  std::string status = "queued";
  std::string reason = {};
};

// What takes one place in line: a message, or a whole sequence behind its first part.
struct Entry {
  Message head = {};  // expires with the first of its parts, has content if all have
  int parts = 1;
  bool is_complete() const { return parts == head.total && head.position == 1; }
};

struct Life {
  std::string id = {};
  std::mt19937_64 random = {};
  Settings settings = {};
  Instant zone_since = Instant::min();
  bool opted_out = false;
  Instant opted_out_at = {};
  std::optional<Instant> last_inbound = {};
  std::vector<Instant> sends = {};                  // a sequence counts once
  std::map<std::string, Message> waiting = {};      // by id
  std::map<std::string, Message> ended = {};        // by id
  std::vector<Message> unwritten = {};              // parts of sequences, yet to come
  std::optional<Instant> low_lane_held_until = {};  // by the last look at a busy queue
  std::vector<std::string> history = {};

  // Kept between looks.
  bool is_changed = true;  // since `first_eligible` was computed
  std::optional<Instant> first_eligible = {};
  std::optional<Instant> alarm = {};  // as last read

  std::uint64_t below(std::uint64_t bound) { return random() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  void changed() { is_changed = true; }
  void note(Instant at, const std::string& what) { history.push_back(format_instant(at) + "  " + what); }
};

// All that stands in line, complete or not, in no particular order.
std::vector<Entry> snapshot_of(const Life& life);

// For the history of a failing life.
std::string text_of(const Message& message);
std::string text_of(const Settings& settings);

}  // namespace orchestrator::model
