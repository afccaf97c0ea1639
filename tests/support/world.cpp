#include "support/world.hpp"

#include <nlohmann/json.hpp>

namespace orchestrator::support {

Instant at(const std::string& text) { return parse_instant(text).value(); }

World::World() { clock.set(at("2026-11-20T12:00:00Z")); }

void World::add_user(const std::string& id, const std::string& timezone) {
  users.put(User{.id = UserId{id}, .timezone = timezone});
}

storage::QueueStore::Outcome World::submit(ScheduleRequest request) {
  const storage::QueueStore::Draft draft{ids.next(clock.now()), std::move(request)};
  return queue.insert({&draft}, clock.now()).front();
}

MessageId World::schedule(const std::string& user, const std::string& text, Priority priority,
                          std::optional<Instant> scheduled_for) {
  const storage::QueueStore::Draft draft{ids.next(clock.now()),
                                         {.user = UserId{user},
                                          .agent = AgentId{"concierge_agent_1"},
                                          .message_data = nlohmann::json{{"content", text}}.dump(),
                                          .priority = priority,
                                          .scheduled_for = scheduled_for.value_or(clock.now())}};
  if (queue.insert({&draft}, clock.now()).front() != storage::QueueStore::Outcome::stored) {
    throw std::runtime_error("there is no user " + user);
  }
  return draft.id;
}

void World::person_writes(const std::string& user) {
  sql.run("INSERT INTO messages (user_id, role, content, direction, status, created_at) VALUES ('" + user +
          "', 'user', 'hello?', 'inbound', 'received', '" + format_instant(clock.now()) + "')");
}

PassSummary World::pass(PassKind kind) {
  return run_pass({passes, clock, ids, rules}, kind, std::stop_token{});
}

std::vector<std::string> World::sent_to(const std::string& user) {
  return sql.column("SELECT content FROM messages WHERE direction = 'outbound' AND user_id = '" + user +
                    "' ORDER BY created_at, id");
}

std::string World::status(const MessageId& message) {
  return sql.value("SELECT status FROM message_queue WHERE id = '" + message.value + "'");
}

std::string World::reason(const MessageId& message) {
  return sql.value("SELECT status_reason FROM message_queue WHERE id = '" + message.value + "'");
}

std::string World::alarm_text(const std::string& column, const std::string& user) {
  return sql.value("SELECT to_char(" + column +
                   " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') "
                   "FROM user_message_budget WHERE user_id = '" +
                   user + "'");
}

std::string World::next_attempt_at(const std::string& user) { return alarm_text("next_attempt_at", user); }

std::string World::blocked_by(const std::string& user) {
  return sql.value("SELECT blocked_by FROM user_message_budget WHERE user_id = '" + user + "'");
}

}  // namespace orchestrator::support
