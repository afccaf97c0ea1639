// The vocabulary that every room shares. Values only: no I/O, no threads, standard library only.
// Enum names are spelled in the database, the API, the logs and the metrics as `to_text` spells them.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace orchestrator {

// A text identifier that cannot be mistaken for one of another kind.
template <class Tag>
struct Id {
  std::string value;

  Id() = default;
  explicit Id(std::string text) : value(std::move(text)) {}

  auto operator<=>(const Id&) const = default;
};

using UserId = Id<struct UserTag>;        // whatever the agents call a person, e.g. "user_123"
using AgentId = Id<struct AgentTag>;      // e.g. "concierge_agent_456"
using MessageId = Id<struct MessageTag>;  // a UUIDv7, lower case

// Lanes, in the order in which they are served.
enum class Priority { urgent, high, medium, low };

// urgent and high do not wait for the next full pass.
constexpr bool is_express(Priority priority) { return priority <= Priority::high; }

// Why a message does not go now, or never will. Stable words.
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

// What the LLM is asked about a message before it may go.
enum class LlmQuestion {
  relevance,  // does it still fit what the person has written since it was queued?
  rendering,  // how would its data read as a text?
};

std::string_view to_text(Priority priority);
std::string_view to_text(Reason reason);
std::string_view to_text(LlmQuestion question);
std::optional<Priority> priority_from_text(std::string_view text);
std::optional<Reason> reason_from_text(std::string_view text);
std::optional<LlmQuestion> question_from_text(std::string_view text);

// "+15551234567" → "+1*******67": a phone number as logs may show it.
std::string mask_phone_number(std::string_view phone_number);

// A user as logs may show them: an id that is a phone number is masked like one.
std::string shown_in_log(const UserId& user);

}  // namespace orchestrator
