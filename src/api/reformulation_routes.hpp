// The routes by which agents learn which of their messages no longer fit the conversation: GET
// /reformulations and POST /reformulations/{id}/done.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "api/router.hpp"
#include "orchestrator/rendering.hpp"

namespace orchestrator::api {

// Called from many threads at once; may throw what storage/errors.hpp lists.
class ReformulationService {
 public:
  virtual ~ReformulationService() = default;

  // The open requests, oldest first; with `since`, only those created after it.
  virtual std::vector<ReformulationRequest> open_reformulations(std::optional<Instant> since,
                                                                std::size_t limit) = 0;

  // Marks a request as done; false for an unknown id.
  virtual bool finish_reformulation(const std::string& id) = 0;
};

// Safe for concurrent use. The service must outlive it.
class ReformulationRoutes {
 public:
  explicit ReformulationRoutes(ReformulationService& service) : service_(service) {}

  Routes routes();

 private:
  Result<Response> list(const Call& call);
  Result<Response> finish(const Call& call);

  ReformulationService& service_;
};

}  // namespace orchestrator::api
