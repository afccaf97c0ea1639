#include "storage/reformulation_store.hpp"

#include <nlohmann/json.hpp>

#include "orchestrator/uuid_v7.hpp"
#include "storage/sql.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {

namespace {

std::vector<InboundText> inbound_texts_from(const char* json) {
  std::vector<InboundText> texts;
  for (const auto& message : nlohmann::json::parse(json)) {
    texts.push_back({parse_instant(message.at("at").get<std::string>()).value_or(Instant{}),
                     message.at("text").get<std::string>()});
  }
  return texts;
}

ReformulationRequest reformulation_request_from(const pqxx::row& row) {
  ReformulationRequest request;
  request.id = row["id"].as<std::string>();
  request.message = MessageId{row["message_id"].as<std::string>()};
  request.user = UserId{row["user_id"].as<std::string>()};
  request.agent = AgentId{row["agent_id"].as<std::string>()};
  request.conversation_id = row["conversation_id"].as<std::string>();
  request.original = row["original"].as<std::string>();
  request.data = row["message_data"].as<std::string>();
  request.inbound_texts = inbound_texts_from(row["said"].c_str());
  request.explanation = row["explanation"].as<std::string>();
  request.created_at = instant_from(row["created_at"]);
  return request;
}

}  // namespace

std::vector<ReformulationRequest> ReformulationStore::open(std::optional<Instant> since, std::size_t limit) {
  return in_transaction(database_, [&](Transaction& transaction) {
    std::vector<ReformulationRequest> requests;
    for (const auto& row : transaction.run(sql::read_open_reformulations, format_optional(since), limit)) {
      requests.push_back(reformulation_request_from(row));
    }
    return requests;
  });
}

bool ReformulationStore::finish(const std::string& id, Instant now) {
  if (!is_uuid(id)) return false;
  return in_transaction(database_, [&](Transaction& transaction) {
    return transaction.run(sql::finish_reformulation, id, format_instant(now)).affected_rows() > 0;
  });
}

}  // namespace orchestrator::storage
