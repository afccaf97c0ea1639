#include "chaos/transaction_kinds.hpp"

#include <algorithm>

namespace orchestrator::chaos {

// Recognised by text that only statements of this kind contain: see src/storage/sql/.
const std::vector<TransactionKind>& transaction_kinds() {
  static const std::vector<TransactionKind> all = {
      {"migrate", {"pg_advisory_xact_lock(8030589110318068850)"}},
      {"adopt rules", {"INSERT INTO orchestrator.orchestrator_settings AS settings"}},
      {"put user", {"INSERT INTO orchestrator.users (shard, id, phone_number, timezone"}},
      {"ingest, promote", {"\"user_version\""}},
      {"ingest", {"orchestrator.submit_messages("}},
      {"cancel", {"SET status = 'cancelled', status_reason = $3"}},
      {"pass", {"), inserted AS ("}},
      {"pass, log", {"'full_pass', '*'"}},
      {"pass, postpone", {"FOR NO KEY UPDATE SKIP LOCKED) AS due\n"}},
      {"expiry", {"'message_orchestrator', 'expired', user_id"}},
      {"delivery, claim", {"SET status = decided.status, error_code"}},
      {"delivery, rate", {"VALUES ('send_rate:'"}},
      {"delivery, record", {"AS result (\n    id uuid, user_id text, token uuid"}},
      {"delivery, release", {"attempts = message.attempts - 1"}, "delivery, claim"},
      {"delivery, leases", {"error_code = 'lease_expired', lease_token = NULL"}},
      {"delivery, look up", {"look_ups = message.look_ups + 1"}},
      {"delivery, settle", {"AS has_twin"}},
      {"status report", {"WITH report AS MATERIALIZED"}},
      {"delivery, opt out", {"UPDATE orchestrator.users SET opted_out_at = $2::timestamptz\nFROM locked"}},
      {"rendering, claim", {"attempts = work.attempts + 1"}},
      {"rendering, record", {"jsonb_build_object('message_id', $3::text, 'question', $4::text"}},
      {"rendering, release", {"DELETE FROM orchestrator.llm_work AS work"}},
      {"reformulation done", {"UPDATE orchestrator.reformulation_requests AS request SET done_at"}},
      {"self-test", {"ROLLBACK TO SAVEPOINT self_test"}},
      {"create user", {"orchestrator.create_user_of_address("}},
      {"receive", {"orchestrator.receive_messages("}},
      {"turns, claim", {"orchestrator.claim_turns("}},
      {"turn, renew", {"UPDATE orchestrator.inbound_contacts AS contact SET next_turn_at = $3"}},
      {"turn, release", {"turn_given_back"}},
      {"turns, recover", {"contact.token IS NOT NULL AND contact.next_turn_at <= $1"}},
      {"unlock all", {"FROM orchestrator.inbound_contacts WHERE token IS NOT NULL ORDER BY user_id"}},
      {"turn, answer", {"FOR NO KEY UPDATE OF contact"}},
      {"flush all", {"next_turn_at IS NOT NULL AND (shard, user_id) >"}},
      {"flush all, log", {"emergency_flushed"}},
      {"flush", {"WITH flushed AS ("}},
      {"unlock", {"unlocked by hand"}},
      {"retention", {"outdated AS MATERIALIZED"}},
      {"retention, log", {"'cleaned_up', '*'"}},
  };
  return all;
}

std::optional<std::size_t> kind_of(const std::string& transaction) {
  const auto fits = [&](const TransactionKind& kind) {
    return std::ranges::any_of(
        kind.marks, [&](std::string_view mark) { return transaction.find(mark) != std::string::npos; });
  };
  const auto found = std::ranges::find_if(transaction_kinds(), fits);
  if (found == transaction_kinds().end()) return std::nullopt;
  return static_cast<std::size_t>(found - transaction_kinds().begin());
}

}  // namespace orchestrator::chaos
