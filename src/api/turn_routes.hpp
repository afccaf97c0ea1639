// The routes by which agents pull turns and answer them: POST /inbound/claim, and /inbound/{id}/complete,
// /fail and /renew.
#pragma once

#include <optional>
#include <string>

#include "api/router.hpp"
#include "orchestrator/inbound.hpp"

namespace orchestrator::api {

// Called from many threads at once; may throw what storage/errors.hpp lists.
class TurnService {
 public:
  virtual ~TurnService() = default;

  // Nothing when no turn is due.
  virtual std::optional<Turn> claim_turn() = 0;

  virtual TurnResult finish_turn(const std::string& turn_id, const std::string& token,
                                 const AgentAnswer& answer) = 0;

  // The new end of the lease; nothing if the token is not the current one.
  virtual std::optional<Instant> renew_turn(const std::string& turn_id, const std::string& token) = 0;

  virtual bool turn_exists(const std::string& turn_id) = 0;
};

// Safe for concurrent use. The service must outlive it.
class TurnRoutes {
 public:
  explicit TurnRoutes(TurnService& service) : service_(service) {}

  Routes routes();

 private:
  Result<Response> claim(const Call& call);
  Result<Response> complete(const Call& call);
  Result<Response> fail(const Call& call);
  Result<Response> renew(const Call& call);
  Result<Response> finish(const Call& call, const AgentAnswer& answer, const std::string& token);

  TurnService& service_;
};

}  // namespace orchestrator::api
