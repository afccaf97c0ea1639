// expired: a message is never sent at or after its expires_at. An active user changes nothing.
#include "policy/rules/expired.hpp"

#include "policy/rules/rules.hpp"

namespace orchestrator::policy {

namespace {

Instant passes_at(Instant from, const RuleInput& input) {
  return is_expired(from, input.message) ? kNever : from;
}

std::string explanation(const RuleInput& input) {
  const auto& expires_at = input.message.expires_at;
  if (!expires_at) return "does not expire";
  return (is_expired(input.now, input.message) ? "expired at " : "expires at ") + format_instant(*expires_at);
}

}  // namespace

constinit const Rule kExpired{"expired", Reason::expired, passes_at, explanation};

bool is_expired(Instant now, const QueuedMessage& message) {
  return message.expires_at && *message.expires_at <= now;
}

}  // namespace orchestrator::policy
