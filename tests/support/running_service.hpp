// The real binary at work on a database of its own, and what a test needs to speak with both.
#pragma once

#include <string>
#include <vector>

#include "support/database.hpp"
#include "support/http_client.hpp"
#include "support/service.hpp"
#include "support/sql.hpp"

namespace orchestrator::support {

// So seldom that a test never sees the second full pass of the loop.
inline const Variables kNoLoop = {{"PROCESS_INTERVAL_SECONDS", "3600"}, {"SENDER", "none"}};

// `base` with the values of `changes` instead of its own.
Variables with(Variables base, const Variables& changes);

// True once the loop's first full pass is over: until then, it may still promote what a test posts.
bool has_made_its_first_pass(HttpClient& http);

class RunningService {
 public:
  // Starts with kNoLoop and `changes`; returns when the loop's first full pass is over.
  explicit RunningService(const Variables& changes = {});

  // Somebody who is never asleep; `changes` are fields of PUT /users/{id}.
  void add_user(const std::string& id, const nlohmann::json& changes = nlohmann::json::object());

  // Posts a message; returns its id.
  std::string post(const std::string& user, const std::string& text, const std::string& priority = "medium");

  // Texts that crossed into messages for the user, in order.
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
