// POST /preview: what would be decided about a message, without storing anything.
#pragma once

#include "api/router.hpp"
#include "api/user_routes.hpp"
#include "orchestrator/clock.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator::api {

// Safe for concurrent use. What it is given must outlive it.
class PreviewRoutes {
 public:
  PreviewRoutes(UserService& users, const Clock& clock, const RuleDefaults& rules)
      : users_(users), clock_(clock), rules_(rules) {}

  Routes routes();

 private:
  Result<Response> preview(const Call& call);

  UserService& users_;
  const Clock& clock_;
  const RuleDefaults rules_;
};

}  // namespace orchestrator::api
