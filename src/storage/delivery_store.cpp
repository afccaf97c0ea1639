#include "storage/delivery_store.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "orchestrator/uuid_v7.hpp"
#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"
#include "storage/user_rows.hpp"

namespace orchestrator::storage {
namespace {

// How far behind the one that has taken the last lease of a send rate the clock of an instance may be.
constexpr std::chrono::seconds kClockSlack{1};

// Rows by their keys: parallel arrays.
struct Places {
  bool any = false;
  ArrayLiteral shards = {};
  ArrayLiteral ids = {};

  void add(int shard, std::string_view id) {
    any = true;
    shards.number(shard);
    ids.text(id);
  }
};

// At most one message of each user, of users that no other claim works on.
Places find_candidates(Transaction& transaction, Instant now, std::size_t limit) {
  Places found;
  for (const auto& row : transaction.run(sql::find_delivery_candidates, format_instant(now), limit)) {
    found.add(row["shard"].as<int>(), row["id"].c_str());
  }
  return found;
}

PendingMessage pending_from(const pqxx::row& row, Instant now) {
  PendingMessage pending;
  pending.facts = facts_from(row);
  pending.message = {.id = MessageId{row["id"].as<std::string>()},
                     .user = UserId{row["user_id"].as<std::string>()},
                     .phone_number = row["phone_number"].as<std::string>(),
                     .text = row["content"].as<std::string>(),
                     .attempt = row["attempts"].as<int>() + 1,
                     .claimed_at = now,
                     .last_inbound_at = pending.facts.last_inbound_at};
  const auto purpose = row["purpose"].as<std::string>();
  pending.is_scheduled = purpose.empty();
  pending.is_consent = purpose == "consent";
  pending.expires_at = optional_instant_from(row["expires_at"]);
  return pending;
}

// budget_version: of the budget row on which the check of a waiting message was based.
void add_checked(JsonRows& rows, const PendingMessage& pending, int shard, const LastCheck& check,
                 std::string_view budget_version) {
  using Verdict = LastCheck::Verdict;
  rows.begin_row();
  rows.number("shard", shard);
  rows.text("id", pending.message.id.value);
  rows.text("user_id", pending.message.user.value);
  switch (check.verdict) {
    case Verdict::send:
      rows.text("status", "sending");
      break;
    case Verdict::wait:
      rows.text("status", "pending");
      rows.instant("next_attempt_at", check.until);
      rows.text("waiting_for", to_text(Reason::quiet_hours));
      rows.text("budget_version", budget_version);
      break;
    case Verdict::fail:
      rows.text("status", "failed");
      rows.text("error_code", check.error_code);
      break;
  }
}

const char* status_of(const AttemptResult& result) {
  switch (result.outcome.kind) {
    case SendOutcome::Kind::accepted:
      return "sent";
    case SendOutcome::Kind::retryable:
      return result.next_attempt_at ? "pending" : "failed";
    case SendOutcome::Kind::permanent:
      return "failed";
    case SendOutcome::Kind::unknown:
      return "unknown";
  }
  std::abort();
}

const char* status_of(DeliveryReport::Status status) {
  using Status = DeliveryReport::Status;
  switch (status) {
    case Status::sent:
      return "sent";
    case Status::delivered:
      return "delivered";
    case Status::undelivered:
      return "undelivered";
    case Status::failed:
      return "failed";
  }
  std::abort();
}

std::string rows_of(const std::vector<AttemptResult>& results) {
  JsonRows rows;
  for (const AttemptResult& result : results) {
    rows.begin_row();
    rows.text("id", result.id.value);
    rows.text("user_id", result.user.value);
    rows.text("token", result.token);
    rows.text("status", status_of(result));
    const SendOutcome& outcome = result.outcome;
    if (!outcome.provider_message_id.empty()) rows.text("provider_message_id", outcome.provider_message_id);
    if (!outcome.error_code.empty()) rows.text("error_code", outcome.error_code);
    rows.instant("next_attempt_at", result.next_attempt_at);
    const bool is_retried = outcome.kind == SendOutcome::Kind::retryable && result.next_attempt_at;
    if (is_retried) rows.text("waiting_for", "retry");
  }
  return rows.take();
}

std::string rows_of(const std::vector<DeliveryReport>& reports) {
  JsonRows rows;
  for (const DeliveryReport& report : reports) {
    rows.begin_row();
    rows.text("provider", report.provider);
    rows.text("provider_message_id", report.provider_message_id);
    if (report.message && is_uuid(report.message->value)) rows.text("message", report.message->value);
    rows.text("status", status_of(report.status));
    if (!report.error_code.empty()) rows.text("error_code", report.error_code);
  }
  return rows.take();
}

// A changed row carries the error code of its report, so the code tells which recipients have opted out.
std::size_t store_reports(Transaction& transaction, const std::vector<DeliveryReport>& reports, Instant now) {
  const auto changed = transaction.run(sql::apply_delivery_reports, rows_of(reports), format_instant(now));
  std::set<std::string> opt_out_codes;
  for (const DeliveryReport& report : reports) {
    if (report.recipient_opted_out) opt_out_codes.insert(report.error_code);
  }
  std::vector<std::string> opted_out;
  for (const auto& row : changed) {
    if (!opt_out_codes.contains(row["error_code"].as<std::string>())) continue;
    opted_out.push_back(row["user_id"].as<std::string>());
  }
  if (!opted_out.empty()) transaction.run(sql::opt_out_users, text_array(opted_out), format_instant(now));
  return changed.size();
}

// Removes from `found` the messages at the provider that other rows have.
std::vector<DeliveryReport> without_other_rows(Transaction& transaction, const UnsettledMessage& unsettled,
                                               std::vector<DeliveryReport> found) {
  if (found.empty()) return found;
  std::vector<std::string> ids;
  for (const DeliveryReport& report : found) ids.push_back(report.provider_message_id);
  for (const auto& row : transaction.run(sql::find_messages_by_provider_id, text_array(ids),
                                         found.front().provider, unsettled.message.id.value)) {
    std::erase_if(found, [id = row[0].as<std::string>()](const DeliveryReport& report) {
      return report.provider_message_id == id;
    });
  }
  return found;
}

}  // namespace

ClaimedMessages DeliveryStore::claim(const DeliveryClaim& claim, const Check& check) {
  static const std::string settings = kBatchTxSettings + "; " + kShortLockTimeout;
  return in_transaction(database_, settings, [&](Transaction& transaction) {
    ClaimedMessages claimed;
    Places claimable = find_candidates(transaction, claim.now, claim.limit);
    if (!claimable.any) return claimed;

    JsonRows checked;
    bool any = false;
    const std::string now = format_instant(claim.now);
    for (const auto& row :
         transaction.run(sql::lock_pending_messages, now, claimable.shards.take(), claimable.ids.take())) {
      PendingMessage pending = pending_from(row, claim.now);
      const auto wait_until = optional_instant_from(row["wait_until"]);
      const LastCheck last =
          wait_until ? LastCheck{.verdict = LastCheck::Verdict::wait, .until = wait_until} : check(pending);
      add_checked(checked, pending, row["shard"].as<int>(), last, row["budget_version"].c_str());
      any = true;
      if (last.verdict != LastCheck::Verdict::send) {
        claimed.may_be_more = true;
        continue;
      }
      pending.message.validity = last.validity;
      claimed.messages.push_back(std::move(pending.message));
    }
    if (!any) return claimed;
    transaction.run(sql::claim_deliveries, checked.take(), claim.provider, claim.lease.token,
                    format_instant(claim.lease.until), now);
    return claimed;
  });
}

std::size_t DeliveryStore::release(const std::vector<DeliveryLease>& leases) {
  std::vector<std::string> tokens;
  for (const DeliveryLease& lease : leases) tokens.push_back(lease.token);
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    return transaction.run(sql::release_deliveries, text_array(tokens)).affected_rows();
  });
}

std::set<MessageId> DeliveryStore::record(const std::vector<AttemptResult>& results, Instant now) {
  const std::string rows = rows_of(results);
  std::set<std::string> accepted;
  for (const AttemptResult& result : results) {
    if (result.outcome.kind == SendOutcome::Kind::accepted) accepted.insert(result.id.value);
  }
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    std::set<MessageId> locked;
    Places others;
    for (const auto& row : transaction.run(sql::record_attempts, rows, format_instant(now))) {
      const auto id = row["id"].as<std::string>();
      if (row["is_locked"].as<bool>()) {
        locked.insert(MessageId{id});
      } else if (!accepted.contains(id)) {
        others.add(row["shard"].as<int>(), id);
      }
    }
    if (others.any) {
      transaction.run(sql::log_attempts, others.shards.take(), others.ids.take(), format_instant(now));
    }
    return locked;
  });
}

void DeliveryStore::opt_out(const std::set<UserId>& users, Instant now) {
  std::vector<std::string> ids;
  for (const UserId& user : users) ids.push_back(user.value);
  in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    transaction.run(sql::opt_out_users, text_array(ids), format_instant(now));
  });
}

std::size_t DeliveryStore::expire_leases(Instant now) {
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    return transaction.run(sql::expire_delivery_leases, format_instant(now)).affected_rows();
  });
}

DeliverySchedule DeliveryStore::schedule(const std::string& provider, Instant now) {
  return in_single_read(database_, [&](SingleRead& transaction) {
    const auto row = transaction.run1(sql::read_delivery_schedule, format_instant(now), provider);
    return DeliverySchedule{.send_at = optional_instant_from(row["send_at"]),
                            .look_up_at = optional_instant_from(row["look_up_at"]),
                            .expiry_at = optional_instant_from(row["expiry_at"])};
  });
}

RateLease DeliveryStore::lease_rate(const RateRequest& request) {
  static const std::string settings = kBatchTxSettings + "; " + kShortLockTimeout;
  const auto micros = [](Instant instant) { return instant.time_since_epoch().count(); };
  return in_transaction(database_, settings, [&](Transaction& transaction) {
    RateLease lease;
    lease.messages =
        transaction.run1(sql::count_sendable_messages, format_instant(request.now), request.messages)[0]
            .as<std::size_t>();
    if (lease.messages == 0) return lease;
    const Duration span = request.interval * static_cast<std::int64_t>(lease.messages);
    lease.from = instant_from(transaction.run1(sql::lease_send_rate, request.provider, micros(request.now),
                                               micros(request.now - request.slack), span.count(),
                                               micros(request.now + kClockSlack))[0]) -
                 span;
    return lease;
  });
}

std::vector<UnsettledMessage> DeliveryStore::claim_unsettled(const std::string& provider, Instant now,
                                                             Instant until, std::size_t limit) {
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    std::vector<UnsettledMessage> messages;
    for (const auto& row : transaction.run(sql::claim_unsettled_messages, provider, format_instant(now),
                                           format_instant(until), limit)) {
      messages.push_back({.message = {.id = MessageId{row["id"].as<std::string>()},
                                      .user = UserId{row["user_id"].as<std::string>()},
                                      .phone_number = row["phone_number"].as<std::string>(),
                                      .text = row["content"].as<std::string>(),
                                      .attempt = row["attempts"].as<int>(),
                                      .claimed_at = instant_from(row["attempted_at"])},
                          .look_ups = row["look_ups"].as<int>()});
    }
    return messages;
  });
}

Settlement DeliveryStore::settle(const UnsettledMessage& unsettled, const SettlementFacts& facts,
                                 Instant now) {
  const std::string& id = unsettled.message.id.value;
  const std::string& user = unsettled.message.user.value;
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    const auto rows = transaction.run(sql::lock_unsettled_message, id, user);
    if (rows.empty()) return Settlement::settled;  // a report has settled it meanwhile
    const auto found = without_other_rows(transaction, unsettled, facts.found);
    const bool is_unambiguous = !rows[0]["has_twin"].as<bool>();
    if (found.size() == 1 && is_unambiguous && store_reports(transaction, found, now) == 1) {
      return Settlement::settled;
    }
    if (found.empty() && facts.may_resend && !rows[0]["resent"].as<bool>()) {
      transaction.run(sql::resend_message, id, user, format_instant(now));
      return Settlement::resent;
    }
    transaction.run(sql::postpone_unsettled_message, id, user, format_optional(facts.next_look_up_at));
    return Settlement::open;
  });
}

std::size_t DeliveryStore::report(const std::vector<DeliveryReport>& reports, Instant now) {
  if (reports.empty()) return 0;
  return in_transaction(database_, kShortLockTimeout,
                        [&](Transaction& transaction) { return store_reports(transaction, reports, now); });
}

}  // namespace orchestrator::storage
