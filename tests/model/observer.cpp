#include "model/observer.hpp"

namespace orchestrator::model {

namespace {

// A diary that the database itself keeps.
constexpr const char* kKeepDiary = R"sql(
CREATE TABLE model_diary (line bigserial PRIMARY KEY, user_id text, id uuid, status text, reason text,
                          awaiting text);
CREATE FUNCTION keep_model_diary() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO model_diary (user_id, id, status, reason, awaiting)
  VALUES (NEW.user_id, NEW.id, NEW.status, NEW.status_reason, NEW.awaiting);
  RETURN NULL;
END $$;
CREATE TRIGGER keep_model_diary AFTER UPDATE OF status, awaiting ON message_queue
FOR EACH ROW WHEN ((OLD.status, OLD.awaiting) IS DISTINCT FROM (NEW.status, NEW.awaiting)) EXECUTE FUNCTION keep_model_diary();
)sql";

constexpr const char* kTakeDiary = R"sql(
WITH taken AS (DELETE FROM model_diary RETURNING *)
SELECT user_id, id, status, coalesce(reason, ''), coalesce(awaiting, '') FROM taken ORDER BY line)sql";

constexpr const char* kAlarms = R"sql(
SELECT user_id, micros(next_attempt_at) FROM user_message_budget)sql";

constexpr const char* kWhere = R"sql(
SELECT queue.user_id, queue.id, queue.status, coalesce(queue.status_reason, ''),
       (SELECT count(*) FROM messages
        WHERE messages.user_id = queue.user_id AND messages.queue_id = queue.id) AS crossed
FROM message_queue AS queue)sql";

}  // namespace

Observer::Observer(support::Sql& sql) : sql_(sql) { sql_.run(kKeepDiary); }

Observed Observer::observe() {
  Observed observed;
  pqxx::nontransaction session(sql_.connection());
  for (const auto& row : session.exec(kTakeDiary)) {
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
  for (const auto& row : session.exec(kAlarms)) {
    std::optional<Instant> alarm;
    if (!row[1].is_null()) alarm = Instant{Duration{row[1].as<std::int64_t>()}};
    observed.alarms[row[0].as<std::string>()] = alarm;
  }
  return observed;
}

void Observer::audit(const std::vector<Life>& lives, Checker& checker, Instant now) {
  std::map<std::string, const Life*> by_id;
  for (const Life& life : lives) by_id[life.id] = &life;
  std::map<std::string, std::size_t> found;
  pqxx::nontransaction session(sql_.connection());
  for (const auto& row : session.exec(kWhere)) {
    const Life& life = *by_id.at(row[0].as<std::string>());
    const std::string id = row[1].as<std::string>();
    const bool waits = life.waiting.contains(id);
    if (!waits && !life.ended.contains(id)) return checker.violated(life, now, id + " came from nowhere");
    const Message& message = waits ? life.waiting.at(id) : life.ended.at(id);
    if (message.status != row[2].as<std::string>() || message.reason != row[3].as<std::string>()) {
      return checker.violated(life, now, id + " is in another place than it was seen to go to");
    }
    if (row[4].as<int>() != (message.status == "sent" ? 1 : 0)) {
      return checker.violated(life, now, id + " crossed " + row[4].as<std::string>() + " times");
    }
    ++found[life.id];
  }
  for (const Life& life : lives) {
    if (found[life.id] != life.waiting.size() + life.ended.size()) {
      return checker.violated(life, now, "lost a message");
    }
  }
}

}  // namespace orchestrator::model
