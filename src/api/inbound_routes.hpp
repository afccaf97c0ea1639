// POST /inbound-messages: a gateway of the operator hands over a message that a person wrote.
#pragma once

#include <vector>

#include "api/router.hpp"
#include "orchestrator/inbound.hpp"

namespace orchestrator::api {

// Called from many threads at once; may throw what storage/errors.hpp lists.
class InboundService {
 public:
  virtual ~InboundService() = default;

  // One receipt per message, in order. Either all messages are committed or none is.
  virtual std::vector<Receipt> receive(const std::vector<IncomingMessage>& messages) = 0;
};

// Safe for concurrent use. The service must outlive it.
class InboundRoutes {
 public:
  explicit InboundRoutes(InboundService& service) : service_(service) {}

  Routes routes();

 private:
  Result<Response> receive(const Call& call);

  InboundService& service_;
};

}  // namespace orchestrator::api
