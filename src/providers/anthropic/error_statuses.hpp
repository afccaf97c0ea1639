// The HTTP statuses of the Anthropic API that decide whether a call is repeated. The other statuses are
// retried: a wrong key or an unknown model can be corrected by the operator.
#pragma once

#include <algorithm>
#include <array>

namespace orchestrator::anthropic {

// The API cannot process this request, now or later.
inline bool is_refused(int status) {
  constexpr std::array statuses = {400, 413, 422};  // invalid, too large, unprocessable
  return std::ranges::find(statuses, status) != statuses.end();
}

// All calls should be delayed, not only this one.
inline bool is_overloaded(int status) {
  constexpr std::array statuses = {429, 503, 529};  // rate limit, unavailable, overloaded
  return std::ranges::find(statuses, status) != statuses.end();
}

}  // namespace orchestrator::anthropic
