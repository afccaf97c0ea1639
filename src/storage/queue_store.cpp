#include "storage/queue_store.hpp"

#include <set>

#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {
namespace {

using Submissions = std::vector<const Submission*>;

std::string facts_input(const Submissions& submissions) {
  JsonRows rows;
  for (std::size_t i = 0; i < submissions.size(); ++i) {
    const ScheduleRequest& request = submissions[i]->request;
    rows.begin_row();
    rows.number("position", static_cast<std::int64_t>(i));
    rows.text("user_id", request.user.value);
    rows.optional_text("idempotency_key", request.idempotency_key);
    const bool is_checked = !request.idempotency_key && !request.allow_duplicate;
    if (is_checked) rows.text("content_hash", request.content_hash);
  }
  return rows.take();
}

void add_part(JsonRows& rows, const Submission& submission, std::size_t part, std::int64_t position) {
  const ScheduleRequest& request = submission.request;
  rows.begin_row();
  rows.number("position", position);
  rows.text("id", submission.ids[part].value);
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
    // These belong to the whole request; only its first part has them, because a key is unique.
    rows.optional_text("idempotency_key", request.idempotency_key);
    rows.text("request_hash", request.request_hash);
    rows.text("content_hash", request.content_hash);
  }
  if (submission.ids.size() > 1) {
    rows.text("sequence_id", submission.id().value);
    rows.number("sequence_position", static_cast<std::int64_t>(part) + 1);
    rows.number("sequence_total", static_cast<std::int64_t>(submission.ids.size()));
  }
}

using UserIdSet = std::set<std::string>;

UserIdSet select_users(Transaction& transaction, const std::string& statement, const UserIdSet& wanted) {
  UserIdSet users;
  for (const auto& row :
       transaction.run(statement, text_array(std::vector<std::string>(wanted.begin(), wanted.end())))) {
    users.insert(row[0].as<std::string>());
  }
  return users;
}

// Locks the users. Tells which are locked by another transaction, and which do not exist.
std::vector<SubmissionFacts> lock_users(Transaction& transaction, const Submissions& submissions) {
  UserIdSet wanted;
  for (const Submission* submission : submissions) wanted.insert(submission->request.user.value);
  const UserIdSet locked = select_users(transaction, sql::lock_users_for_insert, wanted);
  const UserIdSet known =
      locked.size() == wanted.size() ? locked : select_users(transaction, sql::find_existing_users, wanted);
  std::vector<SubmissionFacts> facts(submissions.size());
  for (std::size_t i = 0; i < submissions.size(); ++i) {
    const std::string& user = submissions[i]->request.user.value;
    facts[i].user_exists = known.contains(user);
    facts[i].is_locked = facts[i].user_exists && !locked.contains(user);
  }
  return facts;
}

// Locks the messages to be superseded. Marks submissions whose messages another transaction has locked.
void lock_superseded(Transaction& transaction, const Submissions& submissions,
                     std::vector<SubmissionFacts>& facts) {
  std::vector<std::string> users;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < submissions.size(); ++i) {
    if (facts[i].is_locked || !submissions[i]->request.supersede_key) continue;
    users.push_back(submissions[i]->request.user.value);
    keys.push_back(*submissions[i]->request.supersede_key);
  }
  if (users.empty()) return;
  UserIdSet locked_elsewhere;
  for (const auto& row :
       transaction.run(sql::find_users_with_locked_predecessors, text_array(users), text_array(keys))) {
    locked_elsewhere.insert(row[0].as<std::string>());
  }
  for (std::size_t i = 0; i < submissions.size(); ++i) {
    facts[i].is_locked = facts[i].is_locked || locked_elsewhere.contains(submissions[i]->request.user.value);
  }
}

std::vector<SubmissionFacts> read_submission_facts(Transaction& transaction, const Submissions& submissions,
                                                   const QueueStore::Scope& scope) {
  std::vector<SubmissionFacts> facts = lock_users(transaction, submissions);
  lock_superseded(transaction, submissions, facts);
  for (const auto& row : transaction.run(sql::read_submission_facts, facts_input(submissions),
                                         format_instant(scope.duplicates_since), scope.max_waiting)) {
    SubmissionFacts& submission = facts[row["position"].as<std::size_t>()];
    submission.waiting = row["waiting"].as<std::int64_t>();
    if (!row["key_id"].is_null()) {
      submission.same_key = {MessageId{row["key_id"].as<std::string>()},
                             instant_from(row["key_scheduled_for"]), row["key_hash"].as<std::string>("")};
    }
    if (!row["content_id"].is_null()) {
      submission.same_content = {
          MessageId{row["content_id"].as<std::string>()}, instant_from(row["content_scheduled_for"]), {}};
    }
  }
  return facts;
}

void insert_admitted(Transaction& transaction, const Submissions& submissions,
                     const std::vector<Admission>& admissions, Instant now) {
  JsonRows stored;
  JsonRows repeated;
  std::int64_t position = 0;
  bool any_repeated = false;
  for (std::size_t i = 0; i < submissions.size(); ++i) {
    if (admissions[i].kind == Admission::Kind::store) {
      for (std::size_t part = 0; part < submissions[i]->ids.size(); ++part)
        add_part(stored, *submissions[i], part, position++);
    } else if (admissions[i].kind == Admission::Kind::duplicate) {
      any_repeated = true;
      repeated.begin_row();
      repeated.text("user_id", submissions[i]->request.user.value);
      repeated.text("agent_id", submissions[i]->request.agent.value);
      repeated.text("duplicate_of", admissions[i].earlier.value);
    }
  }
  if (position > 0) transaction.run(sql::insert_messages, stored.take(), format_instant(now));
  if (any_repeated) transaction.run(sql::log_duplicate_submissions, repeated.take(), format_instant(now));
}

}  // namespace

std::vector<Admission> QueueStore::insert(const Submissions& submissions, const Scope& scope,
                                          const Admit& admit) {
  return in_transaction(database_, kShortLockTimeout, [&](Transaction& transaction) {
    auto admissions = admit(read_submission_facts(transaction, submissions, scope));
    insert_admitted(transaction, submissions, admissions, scope.now);
    return admissions;
  });
}

}  // namespace orchestrator::storage
