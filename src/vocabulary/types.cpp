#include "orchestrator/types.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "text/ascii.hpp"

namespace orchestrator {

std::string_view to_text(Priority priority) {
  switch (priority) {
    case Priority::urgent:
      return "urgent";
    case Priority::high:
      return "high";
    case Priority::medium:
      return "medium";
    case Priority::low:
      return "low";
  }
  std::abort();
}

std::string_view to_text(Reason reason) {
  switch (reason) {
    case Reason::cooldown:
      return "cooldown";
    case Reason::hourly_limit_reached:
      return "hourly_limit_reached";
    case Reason::daily_limit_reached:
      return "daily_limit_reached";
    case Reason::quiet_hours:
      return "quiet_hours";
    case Reason::optimal_time:
      return "optimal_time";
    case Reason::low_priority_busy:
      return "low_priority_busy";
    case Reason::not_due:
      return "not_due";
    case Reason::behind_higher_priority:
      return "behind_higher_priority";
    case Reason::incomplete_sequence:
      return "incomplete_sequence";
    case Reason::awaiting_render:
      return "awaiting_render";
    case Reason::opted_out:
      return "opted_out";
    case Reason::expired:
      return "expired";
    case Reason::no_content:
      return "no_content";
    case Reason::render_failed:
      return "render_failed";
    case Reason::stale_context:
      return "stale_context";
    case Reason::superseded:
      return "superseded";
    case Reason::duplicate:
      return "duplicate";
  }
  std::abort();
}

std::string_view to_text(LlmQuestion question) {
  switch (question) {
    case LlmQuestion::relevance:
      return "relevance";
    case LlmQuestion::rendering:
      return "rendering";
  }
  std::abort();
}

std::optional<Priority> priority_from_text(std::string_view text) {
  for (const Priority priority : {Priority::urgent, Priority::high, Priority::medium, Priority::low}) {
    if (to_text(priority) == text) return priority;
  }
  return std::nullopt;
}

std::optional<Reason> reason_from_text(std::string_view text) {
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    if (to_text(reason) == text) return reason;
  }
  return std::nullopt;
}

std::optional<LlmQuestion> question_from_text(std::string_view text) {
  for (const LlmQuestion question : {LlmQuestion::relevance, LlmQuestion::rendering}) {
    if (to_text(question) == text) return question;
  }
  return std::nullopt;
}

std::string mask_phone_number(std::string_view phone_number) {
  // Always seven stars, which hide the length as well; at least five digits stay hidden.
  constexpr std::string_view kStars = "*******";
  constexpr std::size_t kShortest = 1 + 8;
  constexpr std::size_t kLongest = 1 + 15;  // E.164

  const bool is_of_usual_length = phone_number.size() >= kShortest && phone_number.size() <= kLongest;
  if (!is_of_usual_length || phone_number.front() != '+') return std::string(kStars);
  if (!std::all_of(phone_number.begin() + 1, phone_number.end(), text::is_digit)) return std::string(kStars);

  std::string masked(phone_number.substr(0, 2));
  masked.append(kStars);
  masked.append(phone_number.substr(phone_number.size() - 2));
  return masked;
}

std::string mask_user_id(const UserId& user) {
  return user.value.starts_with('+') ? mask_phone_number(user.value) : user.value;
}

}  // namespace orchestrator
