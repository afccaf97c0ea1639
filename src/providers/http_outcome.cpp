#include "providers/http_outcome.hpp"

#include <algorithm>
#include <cstdlib>

namespace orchestrator::providers {
namespace {

using Kind = SendOutcome::Kind;

constexpr std::chrono::seconds kSlowDownDelay{30};

}  // namespace

std::optional<ErrorMeaning> meaning_of(std::string_view code, std::span<const ErrorCode> codes) {
  const auto found = std::ranges::find(codes, code, &ErrorCode::code);
  if (found == codes.end()) return std::nullopt;
  return found->meaning;
}

SendOutcome outcome_of(const net::HttpFailure& failure) {
  switch (failure.kind) {
    case net::HttpFailure::Kind::not_sent:
      return {.kind = Kind::retryable, .error_code = "not_sent"};
    case net::HttpFailure::Kind::no_answer:
      return {.kind = Kind::unknown, .error_code = "no_answer"};
    case net::HttpFailure::Kind::bad_answer:
      return {.kind = Kind::unknown, .error_code = "bad_answer"};
  }
  std::abort();
}

SendOutcome outcome_of(const net::HttpAnswer& answer, const std::string& code,
                       std::span<const ErrorCode> codes) {
  const auto meaning = meaning_of(code, codes);
  SendOutcome outcome;
  outcome.error_code = code.empty() ? "http_" + std::to_string(answer.status) : code;
  outcome.recipient_opted_out = meaning == ErrorMeaning::opted_out;
  if (answer.status == 429 || meaning == ErrorMeaning::not_processed ||
      (answer.status == 503 && code.empty())) {
    outcome.kind = Kind::retryable;
    outcome.retry_after = answer.retry_after();
  } else if (meaning == ErrorMeaning::slow_down || answer.status == 401) {
    outcome.kind = Kind::retryable;
    outcome.retry_after = kSlowDownDelay;
  } else {
    const bool is_ambiguous = answer.status >= 500 || answer.status == 408;
    outcome.kind = is_ambiguous ? Kind::unknown : Kind::permanent;
  }
  return outcome;
}

std::string identifier_in(const std::string& text) {
  constexpr std::size_t longest = 255;
  const auto is_visible = [](char character) { return character > ' ' && character <= '~'; };
  return text.size() <= longest && std::ranges::all_of(text, is_visible) ? text : "";
}

}  // namespace orchestrator::providers
