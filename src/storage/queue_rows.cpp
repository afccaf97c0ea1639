#include "storage/queue_rows.hpp"

#include <map>
#include <utility>

#include "storage/parameters.hpp"
#include "storage/sql.hpp"

namespace orchestrator::storage {

QueuedMessage message_from(const pqxx::row& row) {
  FieldsInOrder fields(row, "id");
  QueuedMessage message;
  message.id = MessageId{fields.next().as<std::string>()};
  message.priority = priority_from_text(fields.next().c_str()).value();
  message.scheduled_for = instant_from_hex(fields.next().c_str());
  message.expires_at = optional_instant_from_hex(fields.next());
  message.can_delay = fields.next().as<bool>();
  message.sequence_id = fields.next().as<std::string>();
  message.has_content = fields.next().as<bool>();
  message.requires_fresh_context = fields.next().as<bool>();
  message.context_checks = fields.next().as<int>();
  message.is_awaiting_llm = fields.next().as<bool>();
  message.context_as_of = optional_instant_from_hex(fields.next()).value_or(Instant{});
  return message;
}

void SequenceKeys::add(const UserId& user, const QueuedMessage& message) {
  user_ids.push_back(user.value);
  sequence_ids.push_back(message.sequence_id);
}

void read_parts(Transaction& transaction, const std::vector<SequenceTarget>& targets) {
  SequenceKeys keys;
  std::map<std::pair<std::string, std::string>, QueuedMessage*> heads;
  for (const auto& [user, queue] : targets) {
    for (QueuedMessage& message : queue.messages) {
      if (message.sequence_id.empty()) continue;
      keys.add(user, message);
      heads[{user.value, message.sequence_id}] = &message;
      message.is_complete = false;
    }
  }
  if (heads.empty()) return;
  for (const auto& row :
       transaction.run(sql::read_sequence_parts, text_array(keys.user_ids), text_array(keys.sequence_ids))) {
    QueuedMessage& head = *heads.at({row["user_id"].as<std::string>(), row["sequence_id"].as<std::string>()});
    head.sequence.emplace_back(row["id"].as<std::string>());
    head.has_content = head.has_content && row["has_content"].as<bool>();
    head.is_complete = head.sequence.size() == row["sequence_total"].as<std::size_t>();
  }
}

}  // namespace orchestrator::storage
