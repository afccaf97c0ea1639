#include "storage/render_store.hpp"

#include <algorithm>
#include <cstdlib>

#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {

namespace {

// The latest messages matter most; more would only cost.
constexpr int kMaxInboundTexts = 20;
constexpr int kMaxCharacters = 2000;

void read_inbound_texts(Transaction& transaction, RenderRequest& request) {
  request.context_as_of = request.queued_at;
  for (const auto& row :
       transaction.run(sql::read_inbound_texts, request.user.value, format_instant(request.queued_at),
                       kMaxInboundTexts, kMaxCharacters)) {
    request.context_as_of =
        std::max(request.context_as_of, optional_instant_from(row["as_of"]).value_or(Instant{}));
    if (!row["at"].is_null())
      request.inbound_texts.push_back({instant_from(row["at"]), row["content"].as<std::string>()});
  }
}

RenderRequest render_request_from(const pqxx::row& row) {
  RenderRequest request;
  request.question = question_from_text(row["question"].c_str()).value();
  request.id = MessageId{row["id"].as<std::string>()};
  request.user = UserId{row["user_id"].as<std::string>()};
  request.agent = AgentId{row["agent_id"].as<std::string>()};
  request.text = row["text"].as<std::string>();
  request.data = row["message_data"].as<std::string>();
  request.queued_at = instant_from(row["queued_at"]);
  request.attempt = row["attempts"].as<int>();
  return request;
}

std::string said_as_json(const std::vector<InboundText>& said) {
  JsonRows rows;
  for (const InboundText& message : said) {
    rows.begin_row();
    rows.text("at", format_instant(message.at));
    rows.text("text", message.text);
  }
  return rows.take();
}

// Returns how many messages changed.
std::size_t apply_verdict(Transaction& transaction, const RenderLease& lease, const RenderRequest& request,
                          const RenderVerdict& verdict, const std::string& now) {
  const std::string& id = request.id.value;
  const std::string& user = request.user.value;
  switch (verdict.kind) {
    case RenderVerdict::Kind::approve: {
      const auto text = verdict.text.empty() ? std::nullopt : std::optional(verdict.text);
      return transaction
          .run(sql::approve_message, id, user, lease.token, format_instant(request.context_as_of), text)
          .affected_rows();
    }
    case RenderVerdict::Kind::supersede:
      return transaction
          .run(sql::supersede_stale_message, id, user, lease.token, now, request.text,
               said_as_json(request.inbound_texts), verdict.explanation)
          .affected_rows();
    case RenderVerdict::Kind::fail:
      return transaction.run(sql::fail_rendering, id, user, lease.token, now).affected_rows();
    case RenderVerdict::Kind::retry:
      return transaction.run(sql::retry_rendering, id, user, lease.token, format_instant(verdict.retry_at))
          .affected_rows();
  }
  std::abort();
}

}  // namespace

std::optional<RenderRequest> RenderStore::claim(const RenderLease& lease, Instant now) {
  return in_transaction(
      database_, kLlmClaimTxSettings, [&](Transaction& transaction) -> std::optional<RenderRequest> {
        const auto rows = transaction.run(sql::claim_rendering, format_instant(now), lease.token,
                                          format_instant(lease.until));
        if (rows.empty()) return std::nullopt;
        RenderRequest request = render_request_from(rows[0]);
        const auto sequence = rows[0]["sequence_id"].as<std::string>();
        if (!sequence.empty()) {
          request.text =
              transaction.run1(sql::read_sequence_text, request.user.value, sequence)[0].as<std::string>();
        }
        read_inbound_texts(transaction, request);
        return request;
      });
}

bool RenderStore::record(const RenderLease& lease, const RenderRequest& request, const RenderVerdict& verdict,
                         Instant now) {
  const std::string at = format_instant(now);
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    transaction.run(sql::lock_user_budget, request.user.value);
    const bool is_recorded = apply_verdict(transaction, lease, request, verdict, at) > 0;
    const RenderUsage& usage = verdict.usage;
    transaction.run(sql::log_rendering, verdict.action, request.user.value, request.id.value,
                    std::string(to_text(request.question)), request.attempt, verdict.outcome,
                    verdict.explanation, usage.model, usage.input_tokens, usage.output_tokens,
                    std::to_string(usage.cost_usd), verdict.latency.count(), at);
    return is_recorded;
  });
}

std::size_t RenderStore::release_all() {
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    transaction.run(sql::lock_users_of_llm_messages);
    return transaction.run(sql::release_llm_messages).affected_rows();
  });
}

}  // namespace orchestrator::storage
