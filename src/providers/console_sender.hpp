// A Sender for trials: it logs the messages instead of sending them.
#pragma once

#include "orchestrator/ports.hpp"

namespace orchestrator::providers {

// Safe for concurrent use.
class ConsoleSender final : public Sender {
 public:
  SendOutcome send(const OutgoingMessage& message, const std::stop_token& stop) override;
  std::string provider() const override { return "console"; }
};

}  // namespace orchestrator::providers
