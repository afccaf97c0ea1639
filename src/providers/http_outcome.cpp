#include "providers/http_outcome.hpp"

#include <algorithm>
#include <cstdlib>

namespace orchestrator::providers {

SendOutcome outcome_of(const net::HttpFailure& failure) {
  using Kind = net::HttpFailure::Kind;
  switch (failure.kind) {
    case Kind::not_sent:
      return {.kind = SendOutcome::Kind::retryable, .error_code = "not_sent"};
    case Kind::no_answer:
      return {.kind = SendOutcome::Kind::unknown, .error_code = "no_answer"};
    case Kind::bad_answer:
      return {.kind = SendOutcome::Kind::unknown, .error_code = "bad_answer"};
  }
  std::abort();
}

std::string identifier_in(const std::string& text) {
  constexpr std::size_t longest = 255;
  const auto is_visible = [](char character) { return character > ' ' && character <= '~'; };
  return text.size() <= longest && std::ranges::all_of(text, is_visible) ? text : "";
}

std::string code_of(const net::HttpAnswer& answer) { return "http_" + std::to_string(answer.status); }

}  // namespace orchestrator::providers
