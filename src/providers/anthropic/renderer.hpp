// A Renderer that asks the Anthropic API.
#pragma once

#include "net/http_client.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::anthropic {

// Safe for concurrent use. Network failures are answers, never exceptions.
class AnthropicRenderer final : public Renderer {
 public:
  explicit AnthropicRenderer(AnthropicConfig config) : config_(std::move(config)) {}

  // A text that takes too many SMS is shortened once; if it is still too long, it is refused. At most two
  // calls of 30 s.
  RenderAnswer answer(const RenderRequest& request, const std::stop_token& stop) override;

 private:
  const AnthropicConfig config_;
  net::HttpClient http_;
};

}  // namespace orchestrator::anthropic
