// The routes about users: PUT and GET /users/{id}.
#pragma once

#include <optional>
#include <variant>

#include "api/router.hpp"
#include "orchestrator/clock.hpp"
#include "orchestrator/messages.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator::api {

// Called from many threads at once; may throw what storage/errors.hpp lists.
class UserService {
 public:
  virtual ~UserService() = default;

  virtual std::variant<PutOutcome, Rejection> put_user(const User& user) = 0;
  virtual std::optional<UserRecord> find_user(const UserId& id) = 0;
};

// Safe for concurrent use. What it is given must outlive it.
class UserRoutes {
 public:
  UserRoutes(UserService& service, const Clock& clock, const RuleDefaults& rules)
      : service_(service), clock_(clock), rules_(rules) {}

  Routes routes();

 private:
  Result<Response> put(const Call& call);
  Result<Response> get(const Call& call);

  UserService& service_;
  const Clock& clock_;
  const RuleDefaults rules_;
};

}  // namespace orchestrator::api
