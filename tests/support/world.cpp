#include "support/world.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "ingest/immediate_promotion.hpp"
#include "text/digest.hpp"

namespace orchestrator::support {

Instant at(const std::string& text) { return parse_instant(text).value(); }

World::World() { clock.set(at("2026-11-20T12:00:00Z")); }

void World::add_user(const std::string& id, const std::string& timezone) {
  users.put(User{.id = UserId{id}, .timezone = timezone});
}

Submission World::draft_of(ScheduleRequest request) {
  std::string content;
  Submission draft;
  for (const auto& part : request.parts) {
    content += part;
    draft.ids.push_back(ids.next(clock.now(), request.user));
  }
  const std::string hash = text::sha256_hex(content);
  if (request.content_hash.empty()) request.content_hash = hash;
  if (request.request_hash.empty()) request.request_hash = hash;
  draft.request = std::move(request);
  return draft;
}

Admission World::store(const Submission& draft) {
  const std::vector<const Submission*> drafts = {&draft};
  const Instant now = clock.now();
  storage::QueueStore::Promotions promotions;
  if (promotes_at_once) promotions = ingest::decide_promotions(queue, drafts, now, ids, rules);
  return queue
      .submit(drafts, promotions,
              {now, now - ingest_limits.duplicate_window, ingest_limits.max_queue_per_user})
      .front();
}

Admission World::submit(ScheduleRequest request) { return store(draft_of(std::move(request))); }

MessageId World::submitted(ScheduleRequest request) {
  const Submission draft = draft_of(std::move(request));
  const auto kind = store(draft).kind;
  if (kind != Admission::Kind::store && kind != Admission::Kind::promoted)
    throw std::runtime_error("not stored");
  return draft.id();
}

MessageId World::schedule(const std::string& user, const std::string& text, Priority priority,
                          std::optional<Instant> scheduled_for) {
  return submitted({.user = UserId{user},
                    .agent = AgentId{"concierge_agent_1"},
                    .parts = {nlohmann::json{{"content", text}}.dump()},
                    .priority = priority,
                    .scheduled_for = scheduled_for.value_or(clock.now()),
                    .allow_duplicate = true});
}

void World::person_writes(const std::string& user) {
  sql.run("INSERT INTO messages (user_id, role, content, direction, status, created_at) VALUES ('" + user +
          "', 'user', 'hello?', 'inbound', 'received', '" + format_instant(clock.now()) + "')");
}

processor::PassSummary World::pass(processor::PassKind kind) {
  return processor::run_pass({passes, clock, ids, rules}, kind, std::stop_token{});
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
