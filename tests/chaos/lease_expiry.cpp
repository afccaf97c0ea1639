#include "chaos/lease_expiry.hpp"

#include "support/sql.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

// As defined in src/delivery and src/rendering. A lookup at the provider holds a lease of 60 s, too.
constexpr seconds kLease = 60s;
constexpr seconds kLeaseOfTheLlm = 90s;

std::string interval(seconds time) { return "interval '" + std::to_string(time.count()) + " s'"; }

std::string between(seconds from, seconds to) {
  return "BETWEEN now() + " + interval(from) + " AND now() + " + interval(to);
}

// A running instance renews every third of TURN_LEASE_SECONDS=10.
constexpr const char* kEndTurns = R"sql(
UPDATE inbound_contacts SET next_turn_at = now()
WHERE token IS NOT NULL AND next_turn_at BETWEEN now() AND now() + interval '5 s')sql";

}  // namespace

void expire_leases_of_dead_instances(const std::string& url, const LeaseExpiry& expiry) {
  support::Sql sql(url);
  const std::string is_settled = "attempted_at < now() - " + interval(expiry.min_age);
  sql.run(
      "UPDATE messages SET lease_until = now() "
      "WHERE direction = 'outbound' AND status = 'sending' AND " +
      is_settled);
  sql.run(
      "UPDATE messages SET next_attempt_at = now() "
      "WHERE direction = 'outbound' AND status = 'unknown' AND " +
      is_settled + " AND next_attempt_at " + between(expiry.margin, kLease - expiry.min_age));
  sql.run("UPDATE llm_work SET due_at = now() WHERE question IS NOT NULL AND token IS NOT NULL AND due_at " +
          between(expiry.margin, kLeaseOfTheLlm - expiry.min_age));
}

void expire_unrenewed_turns(const std::string& url) { support::Sql(url).run(kEndTurns); }

}  // namespace orchestrator::chaos
