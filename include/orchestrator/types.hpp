// The ids and enums that every room shares. Values only: no I/O, no threads, standard library only.
// The database, the API, the logs and the metrics spell enumerators as `to_text` does.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace orchestrator {

// A text identifier; ids of different kinds are different types.
template <class Tag>
struct Id {
  std::string value;

  Id() = default;
  explicit Id(std::string text) : value(std::move(text)) {}

  auto operator<=>(const Id&) const = default;
};

using UserId = Id<struct UserTag>;        // chosen by the agents, e.g. "user_123"
using AgentId = Id<struct AgentTag>;      // e.g. "concierge_agent_456"
using MessageId = Id<struct MessageTag>;  // a UUIDv7, lower case

// A message's lane. Lanes are served in this order.
enum class Priority { urgent, high, medium, low };

// Urgent and high messages do not wait for the next full pass.
constexpr bool is_express(Priority priority) { return priority <= Priority::high; }

// Why a message is not sent now, or never will be. The texts are part of the API.
enum class Reason {
  cooldown,
  hourly_limit_reached,
  daily_limit_reached,
  quiet_hours,
  optimal_time,
  low_priority_busy,
  not_due,
  behind_higher_priority,
  incomplete_sequence,
  awaiting_render,
  opted_out,
  expired,
  no_content,
  render_failed,
  stale_context,
  superseded,
  duplicate,
};
inline constexpr std::size_t kReasonCount = static_cast<std::size_t>(Reason::duplicate) + 1;

// What the LLM is asked about a message before it may be sent.
enum class LlmQuestion {
  relevance,  // does it still fit what the user has written since it was queued?
  rendering,  // write a text from its data
};

std::string_view to_text(Priority priority);
std::string_view to_text(Reason reason);
std::string_view to_text(LlmQuestion question);
std::optional<Priority> priority_from_text(std::string_view text);
std::optional<Reason> reason_from_text(std::string_view text);
std::optional<LlmQuestion> question_from_text(std::string_view text);

// Masks a phone number for logs: "+15551234567" → "+1*******67". Anything else becomes "*******".
std::string mask_phone_number(std::string_view phone_number);

// A user id for logs: one that starts with '+' is masked like a phone number, others are returned unchanged.
std::string mask_user_id(const UserId& user);

}  // namespace orchestrator
