// The delays between attempts and look-ups, and the last check before an attempt.
#include "delivery/attempts.hpp"

#include <gtest/gtest.h>

#include "support/world.hpp"

namespace orchestrator::delivery {
namespace {

using namespace std::chrono_literals;
using support::at;
using Verdict = LastCheck::Verdict;

TEST(RetryDelay, Is1s2s4sOrAsTheProviderRequests) {
  const auto after = [](std::optional<std::chrono::seconds> requested, int attempt) {
    return retry_delay({.kind = SendOutcome::Kind::retryable, .retry_after = requested}, attempt);
  };
  EXPECT_EQ(after({}, 1), 1s);
  EXPECT_EQ(after({}, 2), 2s);
  EXPECT_EQ(after({}, 3), 4s);
  EXPECT_EQ(after({}, 4), std::nullopt);
  EXPECT_EQ(after(30s, 1), 30s);
  EXPECT_EQ(after(0s, 1), 1s);
  EXPECT_EQ(after(24h, 3), 300s);
  EXPECT_EQ(after(30s, 4), std::nullopt);
}

TEST(LookUpDelay, IsGivenThreeTimes) {
  EXPECT_EQ(look_up_delay(0), 2s);
  EXPECT_EQ(look_up_delay(1), 10s);
  EXPECT_EQ(look_up_delay(2), 60s);
  EXPECT_EQ(look_up_delay(3), std::nullopt);
}

struct Situation {
  std::string name;
  std::string now;
  std::function<void(PendingMessage&)> change;
  Verdict verdict;
  std::string detail;  // the error code, the end of the wait, or the validity of a message that is sent
};

TEST(LastCheck, SendsDefersOrFailsTheMessage) {
  using Pending = PendingMessage;
  const std::vector<Situation> table = {
      {"day", "2026-11-20T21:00:00Z", [](Pending&) {}, Verdict::send, "3600 s"},
      {"just before quiet hours", "2026-11-20T21:59:59.5Z", [](Pending&) {}, Verdict::send, "1 s"},
      {"no quiet hours", "2026-11-20T23:00:00Z",
       [](Pending& pending) { pending.facts.quiet_hours_enabled = false; }, Verdict::send, ""},
      {"night", "2026-11-20T23:00:00Z", [](Pending&) {}, Verdict::wait, "2026-11-21T08:00:00.000000Z"},
      {"night, user has just written", "2026-11-20T23:00:00Z",
       [](Pending& pending) { pending.facts.last_inbound_at = at("2026-11-20T22:59:00Z"); }, Verdict::send,
       "82800 s"},
      {"reply at night", "2026-11-20T23:00:00Z", [](Pending& pending) { pending.is_scheduled = false; },
       Verdict::send, ""},
      {"opted out", "2026-11-20T12:00:00Z", [](Pending& pending) { pending.facts.opted_out = true; },
       Verdict::fail, "opted_out"},
      {"reply to a user who has opted out", "2026-11-20T12:00:00Z",
       [](Pending& pending) {
         pending.facts.opted_out = true;
         pending.is_scheduled = false;
       },
       Verdict::fail, "opted_out"},
      {"confirmation of the opt-out", "2026-11-20T23:00:00Z",
       [](Pending& pending) {
         pending.facts.opted_out = true;
         pending.is_scheduled = false;
         pending.is_consent = true;
       },
       Verdict::send, ""},
      {"expired", "2026-11-20T12:00:00Z",
       [](Pending& pending) { pending.expires_at = at("2026-11-20T12:00:00Z"); }, Verdict::fail, "expired"},
      {"expires soon", "2026-11-20T12:00:00Z",
       [](Pending& pending) { pending.expires_at = at("2026-11-20T12:00:07Z"); }, Verdict::send, "7 s"},
  };
  for (const Situation& row : table) {
    PendingMessage pending;
    pending.facts.timezone = "Europe/London";
    row.change(pending);
    const LastCheck checked = last_check(pending, RuleDefaults{}, at(row.now));
    EXPECT_EQ(checked.verdict, row.verdict) << row.name;
    std::string detail = checked.error_code;
    if (checked.until) detail = format_instant(*checked.until);
    if (checked.validity) detail = std::to_string(checked.validity->count()) + " s";
    EXPECT_EQ(detail, row.detail) << row.name;
  }
}

}  // namespace
}  // namespace orchestrator::delivery
