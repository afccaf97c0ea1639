#include "storage/queue_store.hpp"

#include <set>

#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {
namespace {

using Drafts = std::vector<const Submission*>;

std::string questions_as_json(const Drafts& drafts) {
  JsonRows rows;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const ScheduleRequest& request = drafts[i]->request;
    rows.begin_row();
    rows.number("position", static_cast<std::int64_t>(i));
    rows.text("user_id", request.user.value);
    rows.optional_text("idempotency_key", request.idempotency_key);
    const bool is_checked = !request.idempotency_key && !request.allow_duplicate;
    if (is_checked) rows.text("content_hash", request.content_hash);
  }
  return rows.take();
}

void add_part(JsonRows& rows, const Submission& draft, std::size_t part, std::int64_t position) {
  const ScheduleRequest& request = draft.request;
  rows.begin_row();
  rows.number("position", position);
  rows.text("id", draft.ids[part].value);
  rows.text("user_id", request.user.value);
  rows.text("agent_id", request.agent.value);
  rows.optional_text("conversation_id", request.conversation_id);
  rows.json("message_data", request.parts[part]);
  rows.text("priority", to_text(request.priority));
  rows.boolean("can_delay", request.can_delay);
  rows.boolean("requires_fresh_context", request.requires_fresh_context);
  rows.instant("scheduled_for", request.scheduled_for);
  rows.instant("expires_at", request.expires_at);
  rows.optional_text("supersede_key", request.supersede_key);
  if (part == 0) {
    // Of the whole request; on its first part only, for a key is unique to a row.
    rows.optional_text("idempotency_key", request.idempotency_key);
    rows.text("request_hash", request.request_hash);
    rows.text("content_hash", request.content_hash);
  }
  if (draft.ids.size() > 1) {
    rows.text("sequence_id", draft.id().value);
    rows.number("sequence_position", static_cast<std::int64_t>(part) + 1);
    rows.number("sequence_total", static_cast<std::int64_t>(draft.ids.size()));
  }
}

using UserIds = std::set<std::string>;

UserIds users_of(Transaction& transaction, const std::string& statement, const UserIds& wanted) {
  UserIds users;
  for (const auto& row :
       transaction.run(statement, text_array(std::vector<std::string>(wanted.begin(), wanted.end())))) {
    users.insert(row[0].as<std::string>());
  }
  return users;
}

// Who is locked now, who is not to be had, and who is unknown.
std::vector<SubmissionFacts> lock_users(Transaction& transaction, const Drafts& drafts) {
  UserIds wanted;
  for (const Submission* draft : drafts) wanted.insert(draft->request.user.value);
  const UserIds locked = users_of(transaction, sql::lock_users_for_insert, wanted);
  const UserIds known =
      locked.size() == wanted.size() ? locked : users_of(transaction, sql::find_existing_users, wanted);
  std::vector<SubmissionFacts> facts(drafts.size());
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const std::string& user = drafts[i]->request.user.value;
    facts[i].user_exists = known.contains(user);
    facts[i].is_locked = facts[i].user_exists && !locked.contains(user);
  }
  return facts;
}

void lock_earlier(Transaction& transaction, const Drafts& drafts, std::vector<SubmissionFacts>& facts) {
  std::vector<std::string> users;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    if (facts[i].is_locked || !drafts[i]->request.supersede_key) continue;
    users.push_back(drafts[i]->request.user.value);
    keys.push_back(*drafts[i]->request.supersede_key);
  }
  if (users.empty()) return;
  UserIds held;
  for (const auto& row :
       transaction.run(sql::find_users_with_locked_predecessors, text_array(users), text_array(keys))) {
    held.insert(row[0].as<std::string>());
  }
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    facts[i].is_locked = facts[i].is_locked || held.contains(drafts[i]->request.user.value);
  }
}

std::vector<SubmissionFacts> examine(Transaction& transaction, const Drafts& drafts,
                                     const QueueStore::Scope& scope) {
  std::vector<SubmissionFacts> facts = lock_users(transaction, drafts);
  lock_earlier(transaction, drafts, facts);
  for (const auto& row : transaction.run(sql::read_submission_facts, questions_as_json(drafts),
                                         format_instant(scope.duplicates_since), scope.max_waiting)) {
    SubmissionFacts& draft = facts[row["position"].as<std::size_t>()];
    draft.waiting = row["waiting"].as<std::int64_t>();
    if (!row["key_id"].is_null()) {
      draft.same_key = {MessageId{row["key_id"].as<std::string>()}, instant_from(row["key_scheduled_for"]),
                        row["key_hash"].as<std::string>("")};
    }
    if (!row["content_id"].is_null()) {
      draft.same_content = {
          MessageId{row["content_id"].as<std::string>()}, instant_from(row["content_scheduled_for"]), {}};
    }
  }
  return facts;
}

void store(Transaction& transaction, const Drafts& drafts, const std::vector<Admission>& admissions,
           Instant now) {
  JsonRows stored;
  JsonRows repeated;
  std::int64_t position = 0;
  bool any_repeated = false;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    if (admissions[i].kind == Admission::Kind::store) {
      for (std::size_t part = 0; part < drafts[i]->ids.size(); ++part)
        add_part(stored, *drafts[i], part, position++);
    } else if (admissions[i].kind == Admission::Kind::duplicate) {
      any_repeated = true;
      repeated.begin_row();
      repeated.text("user_id", drafts[i]->request.user.value);
      repeated.text("agent_id", drafts[i]->request.agent.value);
      repeated.text("duplicate_of", admissions[i].earlier.value);
    }
  }
  if (position > 0) transaction.run(sql::insert_messages, stored.take(), format_instant(now));
  if (any_repeated) transaction.run(sql::log_duplicate_submissions, repeated.take(), format_instant(now));
}

}  // namespace

std::vector<Admission> QueueStore::insert(const Drafts& drafts, const Scope& scope, const Admit& admit) {
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    auto admissions = admit(examine(transaction, drafts, scope));
    store(transaction, drafts, admissions, scope.now);
    return admissions;
  });
}

}  // namespace orchestrator::storage
