#include "model/poster.hpp"

#include <stdexcept>

#include "ingest/immediate_promotion.hpp"

namespace orchestrator::model {
namespace {

Submission submission_of(const SimulatedUser& user, const Message& message) {
  return {.ids = {MessageId{message.id}},
          .request = {
              .user = UserId{user.id},
              .agent = AgentId{"concierge_1"},
              .parts = {message.has_content ? R"({"content": "Hello"})" : R"({"facts": 1})"},
              .needs_rendering = !message.has_content,
              .priority = message.priority,
              .can_delay = message.can_delay,
              .requires_fresh_context = message.requires_fresh_context,
              .scheduled_for = message.scheduled_for,
              .expires_at = message.expires_at,
              .supersede_key =
                  message.supersede_key.empty() ? std::nullopt : std::optional(message.supersede_key),
              .allow_duplicate = true,
              .request_hash = std::string(64, '0'),
              .content_hash = std::string(64, '0'),
          }};
}

}  // namespace

bool Poster::post(SimulatedUser& user, Message message, Instant now,
                  const std::function<void()>& others_write) {
  message.id = ids_.next(now, UserId{user.id}).value;
  message.written_at = message.created_at = message.context_as_of = now;
  const Submission submission = submission_of(user, message);
  auto promotions = ingest::decide_promotions(queue_, {&submission}, now, ids_, rules_);
  others_write();
  if (ignores_versions_ && !promotions.empty() && promotions.front()) {
    promotions.front()->user_version =
        sql_.value("SELECT xmin FROM user_message_budget WHERE user_id = '" + user.id + "'");
  }
  const auto kind =
      queue_.submit({&submission}, promotions, {.now = now, .duplicates_since = now}).front().kind;
  const bool is_promoted = kind == Admission::Kind::promoted;
  if (kind != Admission::Kind::store && !is_promoted) throw std::logic_error("the post was not stored");
  user.note(now, (is_promoted ? "posted and promoted " : "posted ") + text_of(message));
  user.waiting.emplace(message.id, std::move(message));
  user.changed();
  return is_promoted;
}

}  // namespace orchestrator::model
