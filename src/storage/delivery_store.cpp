#include "storage/delivery_store.hpp"

#include <cstdlib>

#include "storage/parameters.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {
namespace {

constexpr const char* kClaim = R"sql(
WITH next AS (
  SELECT id, user_id FROM messages
  WHERE direction = 'outbound' AND status = 'pending'
  ORDER BY created_at, id LIMIT $4
  FOR NO KEY UPDATE SKIP LOCKED
), leased AS (
  UPDATE messages AS message
  SET status = CASE WHEN users.opted_out_at IS NULL THEN 'sending' ELSE 'failed' END,
      error_code = CASE WHEN users.opted_out_at IS NULL THEN NULL ELSE 'opted_out' END,
      attempts = attempts + 1, provider = $3, lease_token = $1::uuid, lease_until = $2::timestamptz
  FROM next LEFT JOIN users ON users.id = next.user_id
  WHERE message.id = next.id AND message.user_id = next.user_id
  RETURNING message.id, message.user_id, message.content, message.status, message.created_at,
            coalesce(users.phone_number, '') AS phone_number
)
SELECT id, user_id, phone_number, content FROM leased
WHERE status = 'sending'
ORDER BY created_at, id)sql";

constexpr const char* kRecord = R"sql(
UPDATE messages AS message
SET status = result.status, provider_message_id = result.provider_message_id, error_code = result.error_code,
    sent_at = CASE WHEN result.status = 'sent' THEN $3::timestamptz END, lease_token = NULL, lease_until = NULL
FROM json_to_recordset($2::json) AS result (
  id uuid, user_id text, status text, provider_message_id text, error_code text)
WHERE message.id = result.id AND message.user_id = result.user_id
  AND message.status = 'sending' AND message.lease_token = $1::uuid)sql";

constexpr const char* kExpireLeases = R"sql(
UPDATE messages
SET status = 'unknown', error_code = 'lease_expired', lease_token = NULL, lease_until = NULL
WHERE direction = 'outbound' AND status = 'sending' AND lease_until <= $1::timestamptz)sql";

const char* status_of(SendOutcome::Kind kind) {
  switch (kind) {
    case SendOutcome::Kind::accepted:
      return "sent";
    case SendOutcome::Kind::permanent:
      return "failed";
    case SendOutcome::Kind::unknown:
      return "unknown";
  }
  std::abort();
}

}  // namespace

std::vector<OutgoingMessage> DeliveryStore::claim(const DeliveryLease& lease, const std::string& provider,
                                                  std::size_t limit) {
  return in_transaction(database_, [&](Transaction& transaction) {
    std::vector<OutgoingMessage> messages;
    for (const auto& row :
         transaction.exec_params(kClaim, lease.token, format_instant(lease.until), provider, limit)) {
      messages.push_back({MessageId{row["id"].as<std::string>()}, UserId{row["user_id"].as<std::string>()},
                          row["phone_number"].as<std::string>(), row["content"].as<std::string>()});
    }
    return messages;
  });
}

void DeliveryStore::record(const DeliveryLease& lease, const std::vector<Result>& results, Instant now) {
  JsonRows rows;
  for (const Result& result : results) {
    rows.begin_row();
    rows.text("id", result.id.value);
    rows.text("user_id", result.user.value);
    rows.text("status", status_of(result.outcome.kind));
    if (!result.outcome.provider_message_id.empty()) {
      rows.text("provider_message_id", result.outcome.provider_message_id);
    }
    if (!result.outcome.error_code.empty()) rows.text("error_code", result.outcome.error_code);
  }
  const std::string recorded = rows.take();
  in_transaction(database_, [&](Transaction& transaction) {
    transaction.exec_params(kRecord, lease.token, recorded, format_instant(now));
  });
}

std::size_t DeliveryStore::expire_leases(Instant now) {
  return in_transaction(database_, [&](Transaction& transaction) {
    return transaction.exec_params(kExpireLeases, format_instant(now)).affected_rows();
  });
}

}  // namespace orchestrator::storage
