#include "model/observer.hpp"

#include "support/llm_work.hpp"

namespace orchestrator::model {

namespace {

// A log of status changes and of questions to the LLM, written by triggers.
constexpr const char* kCreateChangeLog = R"sql(
CREATE TABLE model_changes (change bigserial PRIMARY KEY, user_id text, id uuid, status text, reason text,
                          awaiting text);
CREATE FUNCTION record_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO orchestrator.model_changes (user_id, id, status, reason, awaiting)
  VALUES (NEW.user_id, NEW.id, NEW.status, NEW.status_reason,
          (SELECT question FROM orchestrator.llm_work WHERE shard = NEW.shard AND message_id = NEW.id));
  RETURN NULL;
END $$;
CREATE TRIGGER record_status AFTER UPDATE OF status ON message_queue
FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION record_status();
CREATE TRIGGER record_promotion AFTER INSERT ON message_queue
FOR EACH ROW WHEN (NEW.status = 'sent') EXECUTE FUNCTION record_status();
CREATE FUNCTION record_question() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO orchestrator.model_changes (user_id, id, status, reason, awaiting)
  SELECT user_id, id, status, status_reason, CASE WHEN TG_OP <> 'DELETE' THEN NEW.question END
  FROM orchestrator.message_queue
  WHERE shard = coalesce(NEW.shard, OLD.shard) AND id = coalesce(NEW.message_id, OLD.message_id)
    AND status IN ('queued', 'approved');
  RETURN NULL;
END $$;
CREATE TRIGGER record_question AFTER INSERT OR DELETE OR UPDATE OF question ON llm_work
FOR EACH ROW EXECUTE FUNCTION record_question();
)sql";

constexpr const char* kTakeChanges = R"sql(
WITH taken AS (DELETE FROM model_changes RETURNING *)
SELECT user_id, id, status, coalesce(reason, ''), coalesce(awaiting, '') FROM taken ORDER BY change)sql";

constexpr const char* kNextAttempts = R"sql(
SELECT user_id, micros(next_attempt_at) FROM user_message_budget)sql";

constexpr const char* kFinalStates = R"sql(
SELECT queue.user_id, queue.id, queue.status, coalesce(queue.status_reason, ''),
       (SELECT count(*) FROM messages
        WHERE messages.shard = queue.shard AND messages.user_id = queue.user_id
          AND messages.queue_id = queue.id) AS promotions
FROM message_queue AS queue)sql";

}  // namespace

Observer::Observer(support::Sql& sql) : sql_(sql) { sql_.run(kCreateChangeLog); }

Observed Observer::observe() {
  Observed observed;
  pqxx::nontransaction session(sql_.connection());
  for (const auto& row : session.exec(kTakeChanges)) {
    observed.changes.push_back({row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::string>(),
                                row[3].as<std::string>(), row[4].as<std::string>()});
  }
  for (const auto& row :
       session.exec("SELECT user_id, queue_id, micros(created_at), id FROM messages WHERE id > '" +
                    last_sent_ + "' AND direction = 'outbound' ORDER BY id")) {
    observed.sent.push_back(
        {row[0].as<std::string>(), row[1].as<std::string>(), Instant{Duration{row[2].as<std::int64_t>()}}});
    last_sent_ = row[3].as<std::string>();
  }
  for (const auto& row : session.exec(kNextAttempts)) {
    std::optional<Instant> next_attempt_at;
    if (!row[1].is_null()) next_attempt_at = Instant{Duration{row[1].as<std::int64_t>()}};
    observed.next_attempts[row[0].as<std::string>()] = next_attempt_at;
  }
  return observed;
}

void Observer::audit(const std::vector<SimulatedUser>& users, Checker& checker, Instant now) {
  std::map<std::string, const SimulatedUser*> by_id;
  for (const SimulatedUser& user : users) by_id[user.id] = &user;
  std::map<std::string, std::size_t> found;
  pqxx::nontransaction session(sql_.connection());
  for (const auto& row : session.exec(kFinalStates)) {
    const SimulatedUser& user = *by_id.at(row[0].as<std::string>());
    const std::string id = row[1].as<std::string>();
    const bool waits = user.waiting.contains(id);
    if (!waits && !user.ended.contains(id))
      return checker.violated(user, now, id + " is unknown to the model");
    const Message& message = waits ? user.waiting.at(id) : user.ended.at(id);
    if (message.status != row[2].as<std::string>() || message.reason != row[3].as<std::string>()) {
      return checker.violated(user, now, id + " has another state than was observed");
    }
    if (row[4].as<int>() != (message.status == "sent" ? 1 : 0)) {
      return checker.violated(user, now, id + " was promoted " + row[4].as<std::string>() + " times");
    }
    ++found[user.id];
  }
  const auto inconsistent = session.exec1(support::kInconsistentLlmWork)[0].as<std::string>();
  if (!inconsistent.empty()) {
    return checker.violated(users.front(), now,
                            "llm_work disagrees with message_queue about " + inconsistent);
  }
  for (const SimulatedUser& user : users) {
    if (found[user.id] != user.waiting.size() + user.ended.size()) {
      return checker.violated(user, now, "lost a message");
    }
  }
}

}  // namespace orchestrator::model
