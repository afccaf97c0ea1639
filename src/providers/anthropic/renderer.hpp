// A Renderer that uses the Anthropic API.
#pragma once

#include "net/http_client.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/ports.hpp"

namespace orchestrator::anthropic {

// Safe for concurrent use. A network failure is an answer of kind `retry`, never an exception.
class AnthropicRenderer final : public Renderer {
 public:
  explicit AnthropicRenderer(AnthropicConfig config) : config_(std::move(config)) {}

  // If the rendered text is too long, the model is asked once to shorten it; a second text that is too long
  // is refused. Makes at most two HTTP calls of 30 s.
  RenderAnswer answer(const RenderRequest& request, const std::stop_token& stop) override;

 private:
  const AnthropicConfig config_;
  net::HttpClient http_;
};

}  // namespace orchestrator::anthropic
