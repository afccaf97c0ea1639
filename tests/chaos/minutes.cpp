#include "chaos/minutes.hpp"

#include "support/sql.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

// As src/delivery and src/llm have them. A question to the provider that is open is a lease of 60 s, too.
constexpr seconds kLease = 60s;
constexpr seconds kLeaseOfTheLlm = 90s;

std::string interval(seconds time) { return "interval '" + std::to_string(time.count()) + " s'"; }

std::string between(seconds from, seconds to) {
  return "BETWEEN now() + " + interval(from) + " AND now() + " + interval(to);
}

// Whoever lives renews every third of TURN_LEASE_SECONDS=10.
constexpr const char* kEndTurns = R"sql(
UPDATE inbound_contacts SET next_turn_at = now()
WHERE token IS NOT NULL AND next_turn_at BETWEEN now() AND now() + interval '5 s')sql";

}  // namespace

void let_a_minute_pass(const std::string& url, const Haste& haste) {
  support::Sql sql(url);
  const std::string is_settled = "attempted_at < now() - " + interval(haste.patience);
  sql.run(
      "UPDATE messages SET lease_until = now() "
      "WHERE direction = 'outbound' AND status = 'sending' AND " +
      is_settled);
  sql.run(
      "UPDATE messages SET next_attempt_at = now() "
      "WHERE direction = 'outbound' AND status = 'unknown' AND " +
      is_settled + " AND next_attempt_at " + between(haste.margin, kLease - haste.patience));
  sql.run(
      "UPDATE message_queue SET render_due_at = now() "
      "WHERE status IN ('queued', 'approved') AND awaiting IS NOT NULL AND render_token IS NOT NULL "
      "AND render_due_at " +
      between(haste.margin, kLeaseOfTheLlm - haste.patience));
}

void end_turns_of_the_dead(const std::string& url) { support::Sql(url).run(kEndTurns); }

}  // namespace orchestrator::chaos
