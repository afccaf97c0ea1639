// The real binary on its own database, with clients for both.
#pragma once

#include <string>
#include <vector>

#include "support/database.hpp"
#include "support/http_client.hpp"
#include "support/service.hpp"
#include "support/sql.hpp"

namespace orchestrator::support {

// An interval so long that no test sees the loop's second full pass.
inline const Variables kNoLoop = {{"PROCESS_INTERVAL_SECONDS", "3600"}, {"SENDER", "none"}};

// `base` overridden by `changes`.
Variables with(Variables base, const Variables& changes);

// True once the loop's first full pass has finished: until then it may promote what a test posts.
bool has_made_its_first_pass(HttpClient& http);

class RunningService {
 public:
  // Starts with kNoLoop and `changes`; returns when the loop's first full pass has finished.
  explicit RunningService(const Variables& changes = {});

  // Creates a user without quiet hours; `changes` are fields of PUT /users/{id}.
  void add_user(const std::string& id, const nlohmann::json& changes = nlohmann::json::object());

  // Posts a message; returns its id.
  std::string post(const std::string& user, const std::string& text, const std::string& priority = "medium");

  // The texts promoted for the user, in order.
  std::vector<std::string> sent_to(const std::string& user);

  std::string url() const { return database_.url(); }

 private:
  TestDatabase database_;

 public:
  Service service;
  HttpClient http;
  Sql sql;
};

}  // namespace orchestrator::support
