// The checker's input: the clients' history, the tables, and what the provider and the agent received.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "chaos/external_services.hpp"
#include "chaos/history.hpp"

namespace orchestrator::chaos {

// Rows as stored, with empty text for null. Of message_queue:
struct QueueRow {
  std::string id = {};
  std::string user = {};
  std::string text = {};
  std::string status = {};
  std::string reason = {};
  std::string supersede_key = {};
  std::string superseded_by = {};
  std::string sequence_id = {};
  int sequence_position = 0;
  std::string message_id = {};  // delivered_message_id
  bool is_awaiting = false;
  std::optional<Instant> expires_at = {};
};

// Of messages, outbound. local_date and in_quiet_hours are computed by PostgreSQL's own calendar.
struct SentRow {
  std::string id = {};
  std::string user = {};
  std::string text = {};
  std::string status = {};
  std::string error_code = {};
  std::string queue_id = {};
  std::string purpose = {};
  std::string sequence_id = {};
  Instant created_at = {};
  std::string local_date = {};
  bool in_quiet_hours = false;
  bool has_next_attempt = false;  // next_attempt_at is set
};

// Of inbound_queue, with the text of its message; duplicates are left out.
struct InboundRow {
  std::string message_id = {};
  std::string user = {};
  std::string text = {};
  std::string status = {};
  std::int64_t position = 0;
  std::string turn_id = {};
  Instant received_at = {};
};

struct TurnRow {
  std::string id = {};
  std::string user = {};
  std::string status = {};
  std::string error = {};
  std::string reply_id = {};
  Instant created_at = {};
  std::optional<Instant> finished_at = {};
  int attempt = 1;  // the latest
};

// Of users and user_message_budget.
struct PersonRow {
  std::string id = {};
  std::string phone_number = {};
  int hourly_limit = 0;
  int daily_limit = 0;
  bool has_opted_out = false;
  std::optional<Instant> next_attempt_at = {};
  std::string counted_date = {};
  int messages_sent = 0;
  std::optional<Instant> last_message_at = {};
};

struct Tables {
  Instant read_at;
  std::vector<QueueRow> queue;
  std::vector<SentRow> sent;
  std::vector<InboundRow> inbound;
  std::vector<TurnRow> turns;
  std::vector<PersonRow> people;
  std::string inconsistent_llm_work = {};  // ids of messages; see support/llm_work.hpp
};

// All rows of the population; the user "long_ago", which exists for the retention sweep, is left out.
Tables read_tables(const std::string& url);

struct Evidence {
  Records history;
  Tables tables;
  std::vector<support::StandInTwilio::Text> taken;  // accepted by the provider
  std::vector<AgentAttempt> agent_attempts;
  std::set<std::string> in_doubt;  // texts whose sender never received the provider's response
  std::chrono::seconds cooldown{0};
  std::chrono::seconds active_window{0};  // the longest value in force during the run
};

}  // namespace orchestrator::chaos
