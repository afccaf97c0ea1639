// SendOutcomes as text, and the HTTP answers that they follow from.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "net/http_client.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::providers {

struct OutcomeRow {
  net::HttpResult result;
  std::string outcome;
};

// "retryable 20429 after 7", "permanent 21610 opted out"
inline std::string outcome_text(const SendOutcome& outcome) {
  using Kind = SendOutcome::Kind;
  const std::string after =
      outcome.retry_after ? " after " + std::to_string(outcome.retry_after->count()) : "";
  const std::string code = outcome.error_code.empty() ? "" : " " + outcome.error_code;
  const std::string opted_out = outcome.recipient_opted_out ? " opted out" : "";
  switch (outcome.kind) {
    case Kind::accepted:
      return "accepted " + outcome.provider_message_id;
    case Kind::retryable:
      return "retryable" + code + after;
    case Kind::permanent:
      return "permanent" + code + opted_out;
    case Kind::unknown:
      return "unknown" + code;
  }
  std::abort();
}

inline net::HttpAnswer http_answer(int status, const std::string& body, const std::string& retry_after = "") {
  net::HttpAnswer answer{.status = status, .body = body};
  if (!retry_after.empty()) answer.headers["retry-after"] = retry_after;
  return answer;
}

// Calls without an answer mean the same for every provider.
inline std::vector<OutcomeRow> with_failures(std::vector<OutcomeRow> rows) {
  using net::HttpFailure;
  rows.push_back({HttpFailure{HttpFailure::Kind::not_sent, "no host"}, "retryable not_sent"});
  rows.push_back({HttpFailure{HttpFailure::Kind::no_answer, "time-out"}, "unknown no_answer"});
  rows.push_back({HttpFailure{HttpFailure::Kind::bad_answer, "too large"}, "unknown bad_answer"});
  return rows;
}

inline std::string description_of(const net::HttpResult& result) {
  const auto* answer = std::get_if<net::HttpAnswer>(&result);
  return answer ? std::to_string(answer->status) + " " + answer->body
                : std::get<net::HttpFailure>(result).detail;
}

}  // namespace orchestrator::providers
