#include "support/running_service.hpp"

#include <stdexcept>

#include "support/eventually.hpp"

namespace orchestrator::support {

Variables with(Variables base, const Variables& changes) {
  for (const auto& [name, value] : changes) base[name] = value;
  return base;
}

bool has_made_its_first_pass(HttpClient& http) {
  return eventually([&] { return !http.get("/health").json()["stats"]["lastProcessTime"].is_null(); });
}

RunningService::RunningService(const Variables& changes)
    : service(with(with(kNoLoop, {{"DATABASE_URL", database_.url()}}), changes)),
      http(service.port()),
      sql(database_.url()) {
  if (!has_made_its_first_pass(http)) throw std::runtime_error("no pass: " + service.output());
}

void RunningService::add_user(const std::string& id, const nlohmann::json& changes) {
  nlohmann::json user = {{"timezone", "Europe/London"}, {"quietHoursEnabled", false}};
  user.update(changes);
  const HttpAnswer answer = http.put("/users/" + id, user);
  if (answer.status != 200 && answer.status != 201) throw std::runtime_error("PUT: " + answer.body);
}

std::string RunningService::post(const std::string& user, const std::string& text,
                                 const std::string& priority) {
  const HttpAnswer answer = http.post("/schedule-message", message_body(user, text, priority));
  if (answer.status != 200) throw std::runtime_error("POST: " + answer.body);
  return answer.json()["messageId"].get<std::string>();
}

std::vector<std::string> RunningService::sent_to(const std::string& user) {
  return sql.column("SELECT content FROM messages WHERE direction = 'outbound' AND user_id = '" + user +
                    "' ORDER BY created_at, id");
}

}  // namespace orchestrator::support
